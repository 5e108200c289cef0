# Representation by depth: what each layer of a network holds of a photo (codes C, D, F3, G, H).

MATCHED = f"{R}/measures/{{image_set}}/{{network}}.reconstructions.parquet"
PHOTO_RUNS = plan("photo_runs", sorted(STUDY.photo_runs))
for image_set, network in STUDY.photo_runs:
    plan(
        f"measures/{image_set}/{network}",
        STUDY.reconstructions_plan(image_set, network),
    )


def photo_files(wildcards):
    """The user's photos that a run matches; ancient, for the plan has their digests."""
    photos = STUDY.reconstructions_plan(wildcards.image_set, wildcards.network)[
        "photos"
    ]
    return [ancient(entry["file"]) for entry in photos.values() if "file" in entry]


localrules:
    reconstructions,


rule reconstructions:
    input:
        [f for run in STUDY.photo_runs for f in files_of(*run, "items.parquet")],
        f"{R}/tables/reconstructions.parquet" if STUDY.photo_runs else [],


rule measure_reconstructions:
    input:
        unpack(images_of),
        traces=lambda w: files_of(w.image_set, w.network, "trace.parquet"),
        network=ancient(f"{R}/networks/{{network}}.safetensors"),
        about=f"{R}/networks/{{network}}.json",
        photos=photo_files,
        blocks=BLOCKS_OF_RUN,
        plan=f"{R}/plan/measures/{{image_set}}/{{network}}.json",
        code=code("measure_reconstructions"),
    output:
        MATCHED,
    log:
        f"{R}/logs/measures/{{image_set}}/{{network}}.reconstructions.log",
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        plan=planned("measures/{image_set}/{network}"),
        code=DIGESTS["code/measure_reconstructions"],
    message:
        "Measure: {wildcards.image_set} of {wildcards.network}"
    shell:
        f"{STEP}.measure_reconstructions --plan {{input.plan}} --network {{input.network}}"
        " --images {input.images} --items {input.item_tables} --traces {input.traces}"
        f" {DEVICE} --output {{output}} --log {{log}}"


rule merge_reconstructions:
    input:
        parts=[MATCHED.format(image_set=s, network=n) for s, n in STUDY.photo_runs],
        runs=PHOTO_RUNS,
        code=code("merge_tables"),
    output:
        f"{R}/tables/reconstructions.parquet",
    log:
        f"{R}/logs/tables/reconstructions.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/merge_tables"],
    message:
        "Table of reconstructions"
    shell:
        f"{STEP}.merge_tables --table reconstructions"
        " --inputs {input.parts} --output {output} --log {log}"
