# Pictures of the same classes from several image sets side by side, and pictures of pairs.

COMPARISONS = [entry["name"] for entry in STUDY.config["comparisons"]]
COMPARED = f"{R}/comparisons/{{comparison}}.parquet"
PAIR_RUNS = comparisons.pair_runs(STUDY)
COMPARED_PLANS = comparisons.comparison_plans(STUDY)
plan("comparisons", {"comparisons": list(COMPARED_PLANS.values())})
for name, value in COMPARED_PLANS.items():
    plan(f"comparisons/{name}", value)
for name, value in comparisons.figure_plans(STUDY, COMPARED_PLANS).items():
    plan(f"figures/{name}", value)
OF_COMPARISONS = ["compared_images", "comparisons"] if COMPARISONS else []
OF_PAIRS = ["pairs"] if PAIR_RUNS else []


localrules:
    comparisons,


rule comparisons:
    input:
        expand(f"{R}/figures/comparisons/{{name}}.png", name=COMPARISONS),
        [f"{R}/tables/{table}.parquet" for table in OF_COMPARISONS + OF_PAIRS],


rule compare_images:
    input:
        unpack(files_of_columns),
        **network_files(STUDY.judges),
        judges=f"{R}/plan/judges.json",
        plan=f"{R}/plan/comparisons/{{comparison}}.json",
        code=code("compare_images"),
    output:
        COMPARED,
    log:
        f"{R}/logs/comparisons/{{comparison}}.log",
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        plan=planned("comparisons/{comparison}"),
        code=DIGESTS["code/compare_images"],
    message:
        "Compare: {wildcards.comparison}"
    shell:
        f"{STEP}.compare_images --plan {{input.plan}} --networks {{input.networks}}"
        f" --images {{input.images}} --items {{input.item_tables}} {DEVICE}"
        f" --batch {STUDY.config['batch']} --output {{output}} --log {{log}}"


rule merge_compared_images:
    input:
        parts=expand(COMPARED, comparison=COMPARISONS),
        names=plan("names_of_comparisons", COMPARISONS),
        code=code("merge_tables"),
    output:
        f"{R}/tables/compared_images.parquet",
    log:
        f"{R}/logs/tables/compared_images.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/merge_tables"],
    message:
        "Table of compared images"
    shell:
        f"{STEP}.merge_tables --table compared_images"
        " --inputs {input.parts} --output {output} --log {log}"


rule tabulate_comparisons:
    input:
        compared=f"{R}/tables/compared_images.parquet",
        predictions=measured_runs("predictions", comparisons.runs_of(STUDY)),
        logits=measured_runs("logits", comparisons.runs_of(STUDY)),
        plan=f"{R}/plan/comparisons.json",
        code=code("tabulate_comparisons"),
    output:
        f"{R}/tables/comparisons.parquet",
    log:
        f"{R}/logs/tables/comparisons.log",
    conda:
        ENVIRONMENT
    params:
        plan=DIGESTS["comparisons"],
        code=DIGESTS["code/tabulate_comparisons"],
    message:
        "Table of comparisons"
    shell:
        f"{STEP}.tabulate_comparisons --plan {{input.plan}} --compared {{input.compared}}"
        " --predictions {input.predictions} --logits {input.logits}"
        " --comparisons {output} --log {log}"


rule tabulate_pairs:
    input:
        predictions=measured_runs("predictions", PAIR_RUNS),
        logits=measured_runs("logits", PAIR_RUNS),
        runs=plan("runs/pairs", sorted(PAIR_RUNS)),
        code=code("tabulate_pairs"),
    output:
        f"{R}/tables/pairs.parquet",
    log:
        f"{R}/logs/tables/pairs.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/tabulate_pairs"],
    message:
        "Table of what networks see in pictures of pairs"
    shell:
        f"{STEP}.tabulate_pairs --predictions {{input.predictions}} --logits {{input.logits}}"
        " --pairs {output} --log {log}"


rule draw_comparison:
    input:
        unpack(files_of_columns),
        predictions=lambda w: measured_runs(
            "predictions", comparisons.runs_of(STUDY, w.comparison)
        ),
        plan=f"{R}/plan/figures/comparisons/{{comparison}}.json",
        code=code("draw_comparison"),
    output:
        report(
            f"{R}/figures/comparisons/{{comparison}}.png",
            caption="../workflow/report/comparisons.rst",
            category="Comparisons",
            labels={"figure": "{comparison}"},
        ),
    log:
        f"{R}/logs/figures/comparisons/{{comparison}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/comparisons/{comparison}"),
        code=DIGESTS["code/draw_comparison"],
    message:
        "Draw: {wildcards.comparison}, side by side"
    shell:
        f"{STEP}.draw_comparison --plan {{input.plan}} --images {{input.images}}"
        " --items {input.item_tables} --predictions {input.predictions}"
        " --output {output} --log {log}"
