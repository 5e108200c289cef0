# Single features (M1, M3) and maps whose neurons are added one by one (M2): where they change what.

SINGLE_RUNS = areas.single_runs(STUDY)
ORDERED_RUNS = areas.ordered_runs(STUDY)
AREA_TABLES = areas.tables(SINGLE_RUNS, ORDERED_RUNS)
AREA_FIGURES = areas.figure_plans(STUDY, SINGLE_RUNS)
READING = areas.animation_plans(STUDY, ORDERED_RUNS)
READ = f"{R}/figures/animations/{{image_set}}/{{network}}/{{map}}"
plan("single_runs", sorted(SINGLE_RUNS))
plan("ordered_runs", sorted(ORDERED_RUNS))
for name, value in areas.plans(STUDY, SINGLE_RUNS + ORDERED_RUNS).items():
    plan(name, value)
for name, value in AREA_FIGURES.items():
    plan(f"figures/{name}", value)
for name, value in READING.items():
    plan(f"figures/animations/{name}", value)


localrules:
    features,


wildcard_constraints:
    map=r"[A-Za-z_][\w.]*\.[0-9]+",


rule features:
    input:
        expand(f"{R}/tables/{{table}}.parquet", table=AREA_TABLES),
        [f"{R}/figures/{name}.png" for name in AREA_FIGURES],
        [
            f"{R}/figures/animations/{name}.{ending}"
            for name in READING
            for ending in ("mp4", "gif", "png", "changes.png")
        ],


rule measure_areas:
    input:
        unpack(files_with_maker),
        plan=f"{R}/plan/features/{{image_set}}/{{network}}.json",
        code=code("measure_areas"),
    output:
        f"{MEASURES}.areas.parquet",
    log:
        f"{R}/logs/measures/{{image_set}}/{{network}}.areas.log",
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        plan=planned("features/{image_set}/{network}"),
        code=DIGESTS["code/measure_areas"],
    message:
        "Measure: areas of {wildcards.image_set} of {wildcards.network}"
    shell:
        f"{STEP}.measure_areas --plan {{input.plan}} --network {{input.networks}}"
        " --images {input.images} --items {input.item_tables}"
        f" {DEVICE} --output {{output}} --log {{log}}"


rule measure_reading_order:
    input:
        unpack(files_with_maker),
        plan=f"{R}/plan/features/{{image_set}}/{{network}}.json",
        code=code("measure_reading_order"),
    output:
        f"{MEASURES}.reading_order.parquet",
    log:
        f"{R}/logs/measures/{{image_set}}/{{network}}.reading_order.log",
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        plan=planned("features/{image_set}/{network}"),
        code=DIGESTS["code/measure_reading_order"],
    message:
        "Measure: {wildcards.image_set} of {wildcards.network}, neuron by neuron"
    shell:
        f"{STEP}.measure_reading_order --plan {{input.plan}} --network {{input.networks}}"
        " --images {input.images} --items {input.item_tables}"
        f" {DEVICE} --output {{output}} --log {{log}}"


rule merge_areas:
    input:
        parts=measured_by_run("areas", SINGLE_RUNS),
        runs=f"{R}/plan/single_runs.json",
        code=code("merge_tables"),
    output:
        f"{R}/tables/areas.parquet",
    log:
        f"{R}/logs/tables/areas.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/merge_tables"],
    message:
        "Table of areas of features"
    shell:
        f"{STEP}.merge_tables --table areas"
        " --inputs {input.parts} --output {output} --log {log}"


rule merge_reading_order:
    input:
        parts=measured_by_run("reading_order", ORDERED_RUNS),
        runs=f"{R}/plan/ordered_runs.json",
        code=code("merge_tables"),
    output:
        f"{R}/tables/reading_order.parquet",
    log:
        f"{R}/logs/tables/reading_order.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/merge_tables"],
    message:
        "Table of neurons in reading order"
    shell:
        f"{STEP}.merge_tables --table reading_order"
        " --inputs {input.parts} --output {output} --log {log}"


rule judge_features:
    input:
        areas=[f"{R}/tables/areas.parquet"] * bool(SINGLE_RUNS),
        order=[f"{R}/tables/reading_order.parquet"] * bool(ORDERED_RUNS),
        tables=plan("area_tables", AREA_TABLES),
        code=code("judge_features"),
    output:
        f"{R}/tables/claims_of_features.parquet",
    log:
        f"{R}/logs/tables/claims_of_features.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/judge_features"],
    message:
        "Table of claims of features"
    shell:
        f"{STEP}.judge_features --areas {{input.areas}} --reading-order {{input.order}}"
        " --claims {output} --log {log}"


rule draw_features:
    input:
        unpack(pictures_of_run),
        areas=f"{MEASURES}.areas.parquet",
        plan=f"{R}/plan/figures/features/{{image_set}}/{{network}}.json",
        code=code("draw_features"),
    output:
        report(
            f"{R}/figures/features/{{image_set}}/{{network}}.png",
            caption="../workflow/report/features.rst",
            category="Features",
            labels={"set": "{image_set}", "network": "{network}"},
        ),
    log:
        f"{R}/logs/figures/features/{{image_set}}/{{network}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/features/{image_set}/{network}"),
        code=DIGESTS["code/draw_features"],
    message:
        "Draw: features, {wildcards.image_set} of {wildcards.network}"
    shell:
        f"{STEP}.draw_features --plan {{input.plan}} --images {{input.images}}"
        " --items {input.item_tables} --areas {input.areas} --output {output} --log {log}"


rule draw_reading_order:
    input:
        unpack(pictures_of_run),
        changes=f"{MEASURES}.reading_order.parquet",
        plan=f"{R}/plan/figures/animations/{{image_set}}/{{network}}/{{map}}.json",
        code=code("draw_reading_order"),
    output:
        mp4=f"{READ}.mp4",
        gif=report(
            f"{READ}.gif",
            caption="../workflow/report/reading_order.rst",
            category="Animations",
            labels={"set": "{image_set}", "network": "{network}", "figure": "{map}"},
        ),
        strip=report(
            f"{READ}.png",
            caption="../workflow/report/reading_order.rst",
            category="Animations",
            labels={
                "set": "{image_set}",
                "network": "{network}",
                "figure": "{map}, a strip",
            },
        ),
        png=report(
            f"{READ}.changes.png",
            caption="../workflow/report/changes.rst",
            category="Animations",
            labels={
                "set": "{image_set}",
                "network": "{network}",
                "figure": "{map}, changes",
            },
        ),
        pdf=f"{READ}.changes.pdf",
    log:
        f"{R}/logs/figures/animations/{{image_set}}/{{network}}/{{map}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/animations/{image_set}/{network}/{map}"),
        code=DIGESTS["code/draw_reading_order"],
    message:
        "Draw: neurons of {wildcards.map} one by one, {wildcards.image_set} of {wildcards.network}"
    shell:
        f"{STEP}.draw_reading_order --plan {{input.plan}} --images {{input.images}}"
        " --items {input.item_tables} --changes {input.changes}"
        " --mp4 {output.mp4} --gif {output.gif} --strip {output.strip} --curves {output.png}"
        " --log {log}"
