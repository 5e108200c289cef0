# Opposites as data: their groups, the way back, and cycles (codes I1 to I7).

OPPOSITES = opposites.figure_plan(STUDY)
plan("groups", opposites.groups_plan(STUDY))
plan("figures/opposites", OPPOSITES)
plan("runs/opposites", OPPOSITES["networks"])
CROPPED = crops.crops_plan(STUDY)
plan("crops", CROPPED)
CROPS = {"crops": f"{R}/tables/crops.parquet"} if CROPPED["runs"] else {}
OPPOSITE_TABLES = {
    "opposites": f"{R}/tables/opposites.parquet",
    "groups": f"{R}/tables/opposite_groups.parquet",
    "statistics": f"{R}/tables/opposite_statistics.parquet",
    "cycles": f"{R}/tables/cycles.parquet",
}


localrules:
    opposites,


use rule step as tabulate_opposites with:
    input:
        **decided("tabulate_opposites", "groups", runs=["runs/opposites"]),
        predictions=measured_runs("predictions", STUDY.opposites),
    output:
        **OPPOSITE_TABLES,
    log:
        logged("tables/opposites"),
    params:
        digest=decided_by("tabulate_opposites", "groups", runs=["runs/opposites"]),


use rule computing_step as ask_about_crops with:
    input:
        **network_files(sorted({run["judge"] for run in CROPPED["runs"]})),
        **pictures_of([(run["set"], run["network"]) for run in CROPPED["runs"]]),
        **decided("ask_about_crops", "crops"),
    output:
        crops=f"{R}/tables/crops.parquet",
    log:
        logged("tables/crops"),
    params:
        digest=decided_by("ask_about_crops", "crops"),


use rule step as draw_opposites with:
    input:
        **pictures_of(opposites.pictured_runs(STUDY)),
        **only(OPPOSITE_TABLES, "opposites", "groups", "cycles"),
        **decided("draw_opposites", "figures/opposites"),
    output:
        sheets=pictures_in(
            "class_to_opposite",
            OPPOSITES["networks"],
            *("opposites", "Pictures"),
            set="classes and opposites",
            network="{name}",
        ),
        graphs=pictures_in(
            "opposite_graphs",
            OPPOSITES["networks"],
            *("opposite_graphs", "Opposites"),
            figure="graph",
            network="{name}",
        ),
        heatmaps=pictures_in(
            "opposite_groups",
            OPPOSITES["grouped"],
            *("opposite_groups", "Opposites"),
            figure="groups",
            network="{name}",
        ),
        pdf=[f"{R}/figures/{name}.pdf" for name in opposites.plots(STUDY)],
    log:
        logged("figures/opposites"),
    params:
        digest=decided_by("draw_opposites", "figures/opposites"),


rule opposites:
    input:
        [
            *OPPOSITE_TABLES.values(),
            *CROPS.values(),
            *rules.draw_opposites.output,
            *made_of(STUDY.opposites),
            *sheets_of([OPPOSITES["opposites"]]),
        ]
        if OPPOSITES["networks"]
        else [],
