# Merging: networks trained toward the logits of others (codes B1 to B3), which rules/networks.smk
# makes: by how much their losses fell, and whether their class images are better.

PICTURES_OF_MERGED = merging.picture_runs(STUDY)
plan("merging", merging.claims_plan(STUDY))
for network in MERGED:
    plan(f"merged/{network}", blocks_of_merged(network, "safetensors"))


localrules:
    merging,


rule merging:
    input:
        [
            f"{R}/tables/{table}.parquet"
            for table in ("merging", "claims_of_merging")
            if MERGED
        ],


rule judge_merging:
    input:
        measured=expand(f"{R}/networks/{{network}}.merging.parquet", network=MERGED),
        predictions=measured_runs("predictions", PICTURES_OF_MERGED),
        plan=f"{R}/plan/merging.json",
        code=code("judge_merging"),
    output:
        f"{R}/tables/claims_of_merging.parquet",
    log:
        f"{R}/logs/tables/claims_of_merging.log",
    conda:
        ENVIRONMENT
    params:
        plan=DIGESTS["merging"],
        code=DIGESTS["code/judge_merging"],
    message:
        "Table of claims of merged networks and verdicts"
    shell:
        f"{STEP}.judge_merging --plan {{input.plan}} --measured {{input.measured}}"
        " --predictions {input.predictions} --claims {output} --log {log}"
