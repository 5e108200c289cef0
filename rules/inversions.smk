# Square linear layers: exact inversion, condition numbers, the spiky ball (codes E5 to E9).

from preimage.study.inversions import inversion_plan
from preimage.study.mlps import photos_of

INVERSIONS = {
    entry["name"]: inversion_plan(entry, STUDY.photos_plan(photos_of(entry)))
    for entry in sorted(STUDY.config["inversions"], key=lambda entry: entry["name"])
}
INVERTED = f"{R}/inversions/{{inversion}}"
INVERSION_TABLES = {
    "inversions": f"{R}/tables/inversions.parquet",
    "conditions": f"{R}/tables/conditions.parquet",
    "directions": f"{R}/tables/directions.parquet",
}
# Of examples and layers that are the same in every study.
KNOWN_TABLES = {
    "examples": f"{R}/tables/worked_examples.parquet",
    "ranks": f"{R}/tables/jacobian_ranks.parquet",
}
INVERSION_FIGURES = {
    "histograms": "histogram",
    "numbers": "condition",
    "geometries": "geometry",
}
for name, value in INVERSIONS.items():
    plan(f"inversions/{name}", value)
plan("runs/inversions", list(INVERSIONS))
plan("figures/inversions", {"inversions": list(INVERSIONS)})


wildcard_constraints:
    inversion=one_of(INVERSIONS),


localrules:
    inversions,


# Beside the tables stands a folder with each finished network, which a later job need not invert.
use rule computing_step as invert_mlps with:
    input:
        **decided("invert_mlps", "inversions/{inversion}"),
        named=lambda w: photos_of_user(INVERSIONS[w.inversion]["photos"]),
    output:
        **{t: f"{INVERTED}.{t}.parquet" for t in INVERSION_TABLES},
    log:
        logged("inversions/{inversion}"),
    params:
        digest=decided_by("invert_mlps", "inversions/{inversion}"),


use rule step as tabulate_inversions with:
    input:
        **decided("tabulate_inversions", runs=["runs/inversions"]),
        points=expand(f"{INVERTED}.inversions.parquet", inversion=INVERSIONS),
        maps=expand(f"{INVERTED}.conditions.parquet", inversion=INVERSIONS),
        axes=expand(f"{INVERTED}.directions.parquet", inversion=INVERSIONS),
    output:
        **INVERSION_TABLES,
        **only(KNOWN_TABLES, "examples"),
        summary=f"{R}/tables/inversion_summary.parquet",
    log:
        logged("tables/inversions"),
    params:
        digest=decided_by("tabulate_inversions", runs=["runs/inversions"]),


use rule step as rank_layers with:
    input:
        **decided("rank_layers"),
    output:
        **only(KNOWN_TABLES, "ranks"),
    log:
        logged("tables/jacobian_ranks"),
    params:
        digest=decided_by("rank_layers"),


use rule step as draw_inversions with:
    input:
        **INVERSION_TABLES,
        **decided("draw_inversions", "figures/inversions"),
    output:
        **{
            drawn: [
                told(
                    f"inversions/{name}.{figure}.png",
                    *(figure, "Fully connected networks"),
                    inversion=name,
                    figure=figure,
                )
                for name in INVERSIONS
            ]
            for drawn, figure in INVERSION_FIGURES.items()
        },
        pdf=[
            f"{R}/figures/inversions/{name}.{figure}.pdf"
            for name in INVERSIONS
            for figure in INVERSION_FIGURES.values()
        ],
    log:
        logged("figures/inversions"),
    params:
        digest=decided_by("draw_inversions", "figures/inversions"),


rule inversions:
    input:
        [*rules.tabulate_inversions.output, *rules.draw_inversions.output]
        if INVERSIONS
        else [],
