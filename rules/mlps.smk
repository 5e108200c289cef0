# Fully connected networks on a small photo (E1 to E4, F1, F2): an experiment a job.

from preimage.study import mlps

EXPERIMENTS = {
    entry["name"]: mlps.experiment_plan(entry, STUDY.photos_plan(mlps.photos_of(entry)))
    for entry in sorted(STUDY.config["mlps"], key=lambda entry: entry["name"])
}
THRESHOLDS = mlps.threshold_plan(STUDY.config["mlps"])
WITH_WIDTHS = sorted(THRESHOLDS)
OF_MLPS = "Fully connected networks"
CURVES = [f"{R}/mlps/{name}.parquet" for name in EXPERIMENTS]
MLP_TABLES = {
    "mlps": f"{R}/tables/mlps.parquet",
    "ends": f"{R}/tables/mlp_ends.parquet",
    "widths": f"{R}/tables/mlp_widths.parquet",
}
for name, value in EXPERIMENTS.items():
    plan(f"mlps/{name}", value)
plan("runs/mlps", list(EXPERIMENTS))
plan("mlp_widths", {"complete": THRESHOLDS})
plan("figures/mlps", {"experiments": list(EXPERIMENTS), "widths": WITH_WIDTHS})


wildcard_constraints:
    experiment=one_of(EXPERIMENTS),


localrules:
    mlps,


# Beside the table stands a folder with each finished curve, which a later job need not make again.
use rule computing_step as descend_mlps with:
    input:
        **decided("descend_mlps", "mlps/{experiment}"),
        named=lambda w: photos_of_user(EXPERIMENTS[w.experiment]["photos"]),
    output:
        curves=f"{R}/mlps/{{experiment}}.parquet",
        inputs=f"{R}/mlps/{{experiment}}.safetensors",
    log:
        logged("mlps/{experiment}"),
    params:
        digest=decided_by("descend_mlps", "mlps/{experiment}"),


use rule step as tabulate_mlps with:
    input:
        **decided("tabulate_mlps", "mlp_widths", runs=["runs/mlps"]),
        curves=CURVES,
    output:
        **MLP_TABLES,
    log:
        logged("tables/mlps"),
    params:
        digest=decided_by("tabulate_mlps", "mlp_widths", runs=["runs/mlps"]),


use rule step as draw_mlps with:
    input:
        **only(MLP_TABLES, "ends", "widths"),
        **decided("draw_mlps", "figures/mlps"),
        curves=CURVES,
        inputs=[ancient(f"{R}/mlps/{name}.safetensors") for name in EXPERIMENTS],
    output:
        descents=pictures_in(
            "mlps",
            EXPERIMENTS,
            *("mlps", OF_MLPS),
            experiment="{name}",
            figure="distances",
        ),
        pictures=pictures_in(
            "mlps/pictures",
            EXPERIMENTS,
            *("mlp_pictures", OF_MLPS),
            experiment="{name}",
            figure="pictures",
        ),
        needed=pictures_in(
            "mlps/widths",
            WITH_WIDTHS,
            *("mlp_widths", OF_MLPS),
            experiment="{name}",
            figure="needed widths",
        ),
        pdf=[
            *[f"{R}/figures/mlps/{name}.pdf" for name in EXPERIMENTS],
            *[f"{R}/figures/mlps/pictures/{name}.pdf" for name in EXPERIMENTS],
            *[f"{R}/figures/mlps/widths/{name}.pdf" for name in WITH_WIDTHS],
        ],
    log:
        logged("figures/mlps"),
    params:
        digest=decided_by("draw_mlps", "figures/mlps"),


rule mlps:
    input:
        [*MLP_TABLES.values(), *rules.draw_mlps.output] if EXPERIMENTS else [],
