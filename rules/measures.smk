# Measures: what the networks say about the images, and the tables that follow from it.

MEASURES = f"{R}/measures/{{image_set}}/{{network}}"
BLOCKS_OF_RUN = f"{R}/plan/blocks/{{image_set}}/{{network}}.json"
RUNS = plan("runs", sorted(STUDY.runs))
CLASS_RUNS = plan("class_runs", sorted(STUDY.class_runs))
STILL_RUNS = plan("still_runs", sorted(STUDY.still_runs))
TABLES = ["items"]
if STUDY.class_runs:
    TABLES += ["predictions", "distances", "neighbours", "agreement"]
    if STUDY.config["classes"] == "demo":
        TABLES.append("factors")
        plan("factors", STUDY.factors_plan())


localrules:
    tables,


rule tables:
    input:
        expand(f"{R}/tables/{{table}}.parquet", table=TABLES),


rule judge_images:
    input:
        unpack(pictures_of_run),
        unpack(judges_of),
        judges=plan("judges", sorted(STUDY.judges)),
        code=code("judge_images"),
    output:
        predictions=f"{MEASURES}.predictions.parquet",
        logits=f"{MEASURES}.logits.parquet",
    log:
        f"{R}/logs/measures/{{image_set}}/{{network}}.log",
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        code=DIGESTS["code/judge_images"],
    message:
        "Judge: {wildcards.image_set} of {wildcards.network}, by every network"
    shell:
        f"{STEP}.judge_images --networks {{input.networks}} --images {{input.images}}"
        f" --items {{input.item_tables}} {DEVICE}"
        f" --batch {STUDY.config['batch']} --predictions {{output.predictions}}"
        " --logits {output.logits} --log {log}"


rule merge_items:
    input:
        parts=[f for run in STUDY.runs for f in files_of(*run, "items.parquet")],
        runs=RUNS,
        blocks=[f"{R}/plan/blocks/{s}/{n}.json" for s, n in STUDY.runs],
        code=code("merge_tables"),
    output:
        f"{R}/tables/items.parquet",
    log:
        f"{R}/logs/tables/items.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/merge_tables"],
    message:
        "Table of items"
    shell:
        f"{STEP}.merge_tables --table items"
        " --inputs {input.parts} --output {output} --log {log}"


rule merge_predictions:
    input:
        parts=measured("predictions"),
        runs=CLASS_RUNS,
        code=code("merge_tables"),
    output:
        f"{R}/tables/predictions.parquet",
    log:
        f"{R}/logs/tables/predictions.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/merge_tables"],
    message:
        "Table of predictions"
    shell:
        f"{STEP}.merge_tables --table predictions"
        " --inputs {input.parts} --output {output} --log {log}"


rule tabulate_distances:
    input:
        predictions=measured("predictions", "class_images"),
        logits=measured("logits", "class_images"),
        runs=plan("runs/class_images", sorted(generators_of("class_images"))),
        code=code("tabulate_distances"),
    output:
        distances=f"{R}/tables/distances.parquet",
        neighbours=f"{R}/tables/neighbours.parquet",
    log:
        f"{R}/logs/tables/distances.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/tabulate_distances"],
    message:
        "Tables of distances between classes and of their neighbours"
    shell:
        f"{STEP}.tabulate_distances --predictions {{input.predictions}} --logits {{input.logits}}"
        " --distances {output.distances} --neighbours {output.neighbours} --log {log}"


rule tabulate_agreement:
    input:
        predictions=measured_runs("predictions", STUDY.still_runs),
        distances=f"{R}/tables/distances.parquet",
        runs=STILL_RUNS,
        code=code("tabulate_agreement"),
    output:
        f"{R}/tables/agreement.parquet",
    log:
        f"{R}/logs/tables/agreement.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/tabulate_agreement"],
    message:
        "Table of agreement between networks"
    shell:
        f"{STEP}.tabulate_agreement --predictions {{input.predictions}}"
        " --distances {input.distances} --agreement {output} --log {log}"


rule tabulate_factors:
    input:
        predictions=measured_runs("predictions", STUDY.still_runs),
        logits=measured_runs("logits", STUDY.still_runs),
        runs=STILL_RUNS,
        plan=f"{R}/plan/factors.json",
        code=code("tabulate_factors"),
    output:
        f"{R}/tables/factors.parquet",
    log:
        f"{R}/logs/tables/factors.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("factors"),
        code=DIGESTS["code/tabulate_factors"],
    message:
        "Table of the demo world's factors"
    shell:
        f"{STEP}.tabulate_factors --plan {{input.plan}} --predictions {{input.predictions}}"
        " --logits {input.logits} --factors {output} --log {log}"
