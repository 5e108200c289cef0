# Fully connected networks on a small photo (E1 to E4, F1, F2): a curve a job, all its seeds at once.

from preimage.study.mlps import curves as curves_of
from preimage.study.mlps import threshold_plan

MLP = f"{R}/mlps/{{experiment}}/{{curve}}"
MLPS = {
    entry["name"]: curves_of(entry, STUDY.photos_plan([entry["photo"]])[entry["photo"]])
    for entry in sorted(STUDY.config["mlps"], key=lambda entry: entry["name"])
}
COMPLETE = threshold_plan(STUDY.config["mlps"])
MLP_FIGURES = [
    *[f"{R}/figures/mlps/{e}.png" for e in MLPS],
    *[f"{R}/figures/mlps/pictures/{e}.png" for e in MLPS],
    *[f"{R}/figures/mlps/widths/{e}.png" for e in COMPLETE],
]
plan("mlps", {experiment: list(found) for experiment, found in MLPS.items()})
plan("mlp_widths", {"complete": COMPLETE})
for experiment, found in MLPS.items():
    plan(f"mlps/{experiment}", list(found))
    for curve, value in found.items():
        plan(f"mlps/{experiment}/{curve}", value)


wildcard_constraints:
    experiment="|".join(MLPS) or "none",
    curve=r"[0-9x-]+\.[0-9]+",


localrules:
    mlps,


rule mlps:
    input:
        [
            f"{R}/tables/{table}.parquet"
            for table in ("mlps", "mlp_ends", "mlp_widths")
            if MLPS
        ],
        MLP_FIGURES,


# A long curve leaves its state beside its table, so that the same job goes on after a kill.
rule descend_mlps:
    input:
        photo=photo_of_curve,
        plan=f"{R}/plan/mlps/{{experiment}}/{{curve}}.json",
        code=code("descend_mlps"),
    output:
        curve=f"{MLP}.parquet",
        inputs=f"{MLP}.safetensors",
    log:
        f"{R}/logs/mlps/{{experiment}}/{{curve}}.log",
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        plan=planned("mlps/{experiment}/{curve}"),
        code=DIGESTS["code/descend_mlps"],
    message:
        "Descend: fully connected networks, {wildcards.experiment}, {wildcards.curve}"
    shell:
        f"{STEP}.descend_mlps --plan {{input.plan}} {DEVICE}"
        " --curve {output.curve} --inputs {output.inputs} --log {log}"


rule merge_mlps:
    input:
        parts=[f for experiment in MLPS for f in curve_files(experiment, "parquet")],
        curves=f"{R}/plan/mlps.json",
        code=code("merge_tables"),
    output:
        f"{R}/tables/mlps.parquet",
    log:
        f"{R}/logs/tables/mlps.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/merge_tables"],
    message:
        "Table of descents on fully connected networks"
    shell:
        f"{STEP}.merge_tables --table mlps"
        " --inputs {input.parts} --output {output} --log {log}"


rule tabulate_mlps:
    input:
        curves=f"{R}/tables/mlps.parquet",
        plan=f"{R}/plan/mlp_widths.json",
        code=code("tabulate_mlps"),
    output:
        ends=f"{R}/tables/mlp_ends.parquet",
        widths=f"{R}/tables/mlp_widths.parquet",
    log:
        f"{R}/logs/tables/mlp_ends.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("mlp_widths"),
        code=DIGESTS["code/tabulate_mlps"],
    message:
        "Tables of what these descents come to, and of the widths they need"
    shell:
        f"{STEP}.tabulate_mlps --plan {{input.plan}} --curves {{input.curves}}"
        " --ends {output.ends} --widths {output.widths} --log {log}"


rule draw_mlps:
    input:
        curves=lambda w: curve_files(w.experiment, "parquet"),
        ends=f"{R}/tables/mlp_ends.parquet",
        plan=f"{R}/plan/mlps/{{experiment}}.json",
        code=code("draw_mlps"),
    output:
        png=report(
            f"{R}/figures/mlps/{{experiment}}.png",
            caption="../workflow/report/mlps.rst",
            category="Fully connected networks",
            labels={"experiment": "{experiment}", "figure": "distances"},
        ),
        pdf=f"{R}/figures/mlps/{{experiment}}.pdf",
    log:
        f"{R}/logs/figures/mlps/{{experiment}}.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/draw_mlps"],
    message:
        "Draw: fully connected networks, {wildcards.experiment}"
    shell:
        f"{STEP}.draw_mlps --experiment {{wildcards.experiment}} --curves {{input.curves}}"
        " --ends {input.ends} --output {output.png} --log {log}"


rule draw_mlp_pictures:
    input:
        images=lambda w: [ancient(f) for f in curve_files(w.experiment, "safetensors")],
        curves=lambda w: curve_files(w.experiment, "parquet"),
        plan=f"{R}/plan/mlps/{{experiment}}.json",
        code=code("draw_mlp_pictures"),
    output:
        png=report(
            f"{R}/figures/mlps/pictures/{{experiment}}.png",
            caption="../workflow/report/mlp_pictures.rst",
            category="Fully connected networks",
            labels={"experiment": "{experiment}", "figure": "pictures"},
        ),
        pdf=f"{R}/figures/mlps/pictures/{{experiment}}.pdf",
    log:
        f"{R}/logs/figures/mlps/pictures/{{experiment}}.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/draw_mlp_pictures"],
    message:
        "Draw: what fully connected networks hold of a photo, {wildcards.experiment}"
    shell:
        f"{STEP}.draw_mlp_pictures --inputs {{input.images}}"
        " --output {output.png} --log {log}"


rule draw_mlp_widths:
    input:
        widths=f"{R}/tables/mlp_widths.parquet",
        code=code("draw_mlp_widths"),
    output:
        png=report(
            f"{R}/figures/mlps/widths/{{experiment}}.png",
            caption="../workflow/report/mlp_widths.rst",
            category="Fully connected networks",
            labels={"experiment": "{experiment}", "figure": "needed widths"},
        ),
        pdf=f"{R}/figures/mlps/widths/{{experiment}}.pdf",
    log:
        f"{R}/logs/figures/mlps/widths/{{experiment}}.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/draw_mlp_widths"],
    message:
        "Draw: widths that fully connected networks need, {wildcards.experiment}"
    shell:
        f"{STEP}.draw_mlp_widths --experiment {{wildcards.experiment}}"
        " --widths {input.widths} --output {output.png} --log {log}"
