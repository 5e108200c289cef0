# Pictures of the same classes from several image sets side by side, and pictures of pairs.

COMPARISONS = comparisons.comparison_plans(STUDY)
COMPARED_RUNS = comparisons.runs_of(STUDY)
TOLD_RUNS = comparisons.told_runs(STUDY)
plan("judges", sorted(STUDY.judges))
plan("comparisons", {"comparisons": list(COMPARISONS.values())})
plan("tables/comparisons", comparisons.table_plan(STUDY, COMPARISONS.values()))
plan("figures/comparisons", comparisons.figure_plan(STUDY, COMPARISONS.values()))
COMPARED_IMAGES = [f"{R}/tables/compared_images.parquet"] if COMPARISONS else []
HUES = [f"{R}/tables/hues.parquet"] if COMPARISONS else []
COMPARISON_TABLES = {
    "comparisons": f"{R}/tables/comparisons.parquet",
    "pairs": f"{R}/tables/pairs.parquet",
}


localrules:
    comparisons,


use rule computing_step as compare_images with:
    input:
        **pictures_of(COMPARED_RUNS),
        **network_files(STUDY.judges),
        **decided("compare_images", "comparisons", runs=["judges"]),
    output:
        compared=f"{R}/tables/compared_images.parquet",
        hues=f"{R}/tables/hues.parquet",
    log:
        logged("tables/compared_images"),
    params:
        digest=decided_by("compare_images", "comparisons", runs=["judges"]),


use rule step as tabulate_comparisons with:
    input:
        **decided("tabulate_comparisons", "tables/comparisons"),
        compared=COMPARED_IMAGES,
        predictions=measured_runs("predictions", TOLD_RUNS),
        logits=measured_runs("logits", TOLD_RUNS),
    output:
        **COMPARISON_TABLES,
    log:
        logged("tables/comparisons"),
    params:
        digest=decided_by("tabulate_comparisons", "tables/comparisons"),


use rule step as draw_comparisons with:
    input:
        **pictures_of(COMPARED_RUNS),
        **decided("draw_comparisons", "figures/comparisons"),
        predictions=measured_runs("predictions", COMPARED_RUNS),
    output:
        sheets=pictures_in(
            "comparisons",
            COMPARISONS,
            *("comparisons", "Comparisons"),
            figure="{name}",
        ),
    log:
        logged("figures/comparisons"),
    params:
        digest=decided_by("draw_comparisons", "figures/comparisons"),


rule comparisons:
    input:
        *(COMPARED_IMAGES + [*COMPARISON_TABLES.values()] if TOLD_RUNS else []),
        rules.draw_comparisons.output,
