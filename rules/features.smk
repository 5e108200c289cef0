# Single features (M1, M3) and maps whose neurons are added one by one (M2): where they change what.

SINGLE_RUNS = areas.single_runs(STUDY)
ORDERED_RUNS = areas.ordered_runs(STUDY)
FEATURE_RUNS = [*SINGLE_RUNS, *ORDERED_RUNS]
AREA_TABLES = areas.tables(SINGLE_RUNS, ORDERED_RUNS)
READ_MAPS = areas.films_plan(STUDY, ORDERED_RUNS)
FILMS = areas.films(READ_MAPS)
plan("features", areas.runs_plan(STUDY))
plan("figures/features", areas.sheets_plan(STUDY, SINGLE_RUNS))
plan("figures/reading_order", READ_MAPS)


localrules:
    features,


use rule computing_step as measure_features with:
    input:
        **network_files(sorted({network for _, network in FEATURE_RUNS})),
        **pictures_of(FEATURE_RUNS),
        **decided("measure_features", "features"),
    output:
        areas=f"{R}/tables/areas.parquet",
        order=f"{R}/tables/reading_order.parquet",
    log:
        logged("tables/areas"),
    params:
        digest=decided_by("measure_features", "features"),


use rule step as draw_features with:
    input:
        **pictures_of(SINGLE_RUNS),
        **decided("draw_features", "figures/features"),
        areas=f"{R}/tables/areas.parquet",
    output:
        sheets=told_each(
            "features/{0}/{1}.png",
            SINGLE_RUNS,
            *("features", "Features"),
            set="{0}",
            network="{1}",
        ),
    log:
        logged("figures/features"),
    params:
        digest=decided_by("draw_features", "figures/features"),


use rule step as draw_reading_order with:
    input:
        **pictures_of(ORDERED_RUNS),
        **decided("draw_reading_order", "figures/reading_order"),
        order=f"{R}/tables/reading_order.parquet",
    output:
        films=[f"{R}/figures/animations/{s}/{n}/{m}.mp4" for s, n, m in FILMS],
        gif=told_each(
            "animations/{0}/{1}/{2}.gif",
            FILMS,
            *("reading_order", "Animations"),
            set="{0}",
            network="{1}",
            figure="{2}",
        ),
        strips=told_each(
            "animations/{0}/{1}/{2}.png",
            FILMS,
            *("reading_order", "Animations"),
            set="{0}",
            network="{1}",
            figure="{2}, a strip",
        ),
        changes=told_each(
            "animations/{0}/{1}/{2}.changes.png",
            FILMS,
            *("changes", "Animations"),
            set="{0}",
            network="{1}",
            figure="{2}, changes",
        ),
        pdf=[f"{R}/figures/animations/{s}/{n}/{m}.changes.pdf" for s, n, m in FILMS],
    log:
        logged("figures/reading_order"),
    params:
        digest=decided_by("draw_reading_order", "figures/reading_order"),


rule features:
    input:
        expand(f"{R}/tables/{{table}}.parquet", table=AREA_TABLES),
        rules.draw_features.output if SINGLE_RUNS else [],
        rules.draw_reading_order.output if ORDERED_RUNS else [],
