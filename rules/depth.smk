# Representation by depth: what each layer of a network holds of a photo (codes C, D, F3, G, H).

MATCHED = f"{R}/measures/{{image_set}}/{{network}}.reconstructions.parquet"
PHOTO_RUNS = plan("photo_runs", sorted(STUDY.photo_runs))
BY_DEPTH = f"{R}/figures/depth"
plan("depth", {"runs": depth.runs_plan(STUDY)})
for name, value in depth.figure_plans(STUDY).items():
    plan(f"figures/{name}", value)
for image_set, network in STUDY.photo_runs:
    plan(
        f"measures/{image_set}/{network}",
        STUDY.reconstructions_plan(image_set, network),
    )


localrules:
    reconstructions,


rule reconstructions:
    input:
        files_of_runs("items.parquet", STUDY.photo_runs),
        [
            f"{R}/tables/{table}.parquet"
            for table in ("reconstructions", "depth", "claims_by_depth")
            if STUDY.photo_runs
        ],
        [
            f"{R}/figures/{name}.png"
            for name in depth.figure_plans(STUDY)
            if STUDY.photo_runs
        ],


rule measure_reconstructions:
    input:
        unpack(pictures_of_run),
        traces=lambda w: files_of(w.image_set, w.network, "trace.parquet"),
        network=ancient(f"{R}/networks/{{network}}.safetensors"),
        about=f"{R}/networks/{{network}}.json",
        photos=photo_files,
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
        parts=measured_of(STUDY.photo_runs),
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


rule tabulate_depth:
    input:
        reconstructions=f"{R}/tables/reconstructions.parquet",
        code=code("tabulate_depth"),
    output:
        f"{R}/tables/depth.parquet",
    log:
        f"{R}/logs/tables/depth.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/tabulate_depth"],
    message:
        "Table of distances by depth"
    shell:
        f"{STEP}.tabulate_depth --reconstructions {{input.reconstructions}}"
        " --depth {output} --log {log}"


rule judge_depth:
    input:
        reconstructions=f"{R}/tables/reconstructions.parquet",
        traces=files_of_runs("trace.parquet", STUDY.photo_runs),
        plan=f"{R}/plan/depth.json",
        code=code("judge_depth"),
    output:
        f"{R}/tables/claims_by_depth.parquet",
    log:
        f"{R}/logs/tables/claims_by_depth.log",
    conda:
        ENVIRONMENT
    params:
        plan=DIGESTS["depth"],
        code=DIGESTS["code/judge_depth"],
    message:
        "Table of claims by depth and verdicts"
    shell:
        f"{STEP}.judge_depth --plan {{input.plan}} --traces {{input.traces}}"
        " --reconstructions {input.reconstructions} --claims {output} --log {log}"


rule draw_depth:
    input:
        depth=f"{R}/tables/depth.parquet",
        plan=f"{R}/plan/figures/depth/{{of_depth}}.json",
        code=code("draw_depth"),
    output:
        png=report(
            f"{BY_DEPTH}/{{of_depth}}.png",
            caption="../workflow/report/depth.rst",
            category="Representation by depth",
            labels={"figure": "{of_depth}"},
        ),
        pdf=f"{BY_DEPTH}/{{of_depth}}.pdf",
    log:
        f"{R}/logs/figures/depth/{{of_depth}}.log",
    wildcard_constraints:
        of_depth="distances|gradients/[^/]+",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/depth/{of_depth}"),
        code=DIGESTS["code/draw_depth"],
    message:
        "Draw: {wildcards.of_depth} by depth"
    shell:
        f"{STEP}.draw_depth --plan {{input.plan}} --depth {{input.depth}}"
        " --output {output.png} --log {log}"


rule draw_trajectories:
    input:
        reconstructions=lambda w: measured_of(photo_runs_of(w.image_set)),
        traces=lambda w: files_of_runs("trace.parquet", photo_runs_of(w.image_set)),
        plan=f"{R}/plan/figures/depth/trajectories/{{image_set}}.json",
        code=code("draw_trajectories"),
    output:
        png=report(
            f"{BY_DEPTH}/trajectories/{{image_set}}.png",
            caption="../workflow/report/trajectories.rst",
            category="Representation by depth",
            labels={"figure": "descents of {image_set}"},
        ),
        pdf=f"{BY_DEPTH}/trajectories/{{image_set}}.pdf",
    log:
        f"{R}/logs/figures/depth/trajectories/{{image_set}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/depth/trajectories/{image_set}"),
        code=DIGESTS["code/draw_trajectories"],
    message:
        "Draw: distances along the descents of {wildcards.image_set}"
    shell:
        f"{STEP}.draw_trajectories --plan {{input.plan}} --traces {{input.traces}}"
        " --reconstructions {input.reconstructions} --output {output.png} --log {log}"


rule draw_reconstructions:
    input:
        unpack(sheet_files),
        plan=f"{R}/plan/figures/depth/reconstructions/{{architecture}}.{{photo}}.json",
        code=code("draw_reconstructions"),
    output:
        report(
            f"{BY_DEPTH}/reconstructions/{{architecture}}.{{photo}}.png",
            caption="../workflow/report/reconstructions.rst",
            category="Representation by depth",
            labels={"figure": "{photo} from layers of {architecture}"},
        ),
    log:
        f"{R}/logs/figures/depth/reconstructions/{{architecture}}.{{photo}}.log",
    wildcard_constraints:
        architecture=r"\w+",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/depth/reconstructions/{architecture}.{photo}"),
        code=DIGESTS["code/draw_reconstructions"],
    message:
        "Draw: {wildcards.photo} from layers of {wildcards.architecture}"
    shell:
        f"{STEP}.draw_reconstructions --plan {{input.plan}} --images {{input.images}}"
        " --items {input.item_tables} --reconstructions {input.measured}"
        " --output {output} --log {log}"
