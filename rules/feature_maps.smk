# Feature maps by depth (N1 to N4), and pictures of one map made in several ways (M5).

MAP_RUNS = feature_maps.map_runs(STUDY)
ASKED = feature_maps.asked_plan(STUDY)
MAP_FIGURES = feature_maps.figures_plan(STUDY)
MAP_TABLES = feature_maps.tables(STUDY)
COMPARED_BLOCKS = feature_maps.compared_blocks(STUDY, BLOCKS)
plan("feature_maps", feature_maps.runs_plan(STUDY))
plan("asked_about_maps", ASKED)
plan("compared_features", feature_maps.comparisons_plan(STUDY))
plan("figures/feature_maps", MAP_FIGURES)


localrules:
    feature_maps,


use rule step as measure_feature_maps with:
    input:
        **pictures_of(MAP_RUNS),
        **decided("measure_feature_maps", "feature_maps"),
    output:
        maps=f"{R}/tables/feature_maps.parquet",
        starts=f"{R}/tables/feature_starts.parquet",
    log:
        logged("tables/feature_maps"),
    params:
        digest=decided_by("measure_feature_maps", "feature_maps"),


use rule computing_step as ask_about_maps with:
    input:
        **network_files(sorted({w for run in ASKED["runs"] for w in run["witnesses"]})),
        **pictures_of([(run["set"], run["network"]) for run in ASKED["runs"]]),
        **decided("ask_about_maps", "asked_about_maps"),
    output:
        objectness=f"{R}/tables/objectness.parquet",
    log:
        logged("tables/objectness"),
    params:
        digest=decided_by("ask_about_maps", "asked_about_maps"),


use rule step as tabulate_feature_maps with:
    input:
        **tables_among(MAP_TABLES, maps="feature_maps", objectness="objectness"),
        **decided("tabulate_feature_maps"),
    output:
        layers=f"{R}/tables/layers_by_depth.parquet",
    log:
        logged("tables/layers_by_depth"),
    params:
        digest=decided_by("tabulate_feature_maps"),


use rule step as compare_features with:
    input:
        **pictures_of_blocks(COMPARED_BLOCKS),
        **decided("compare_features", "compared_features"),
    output:
        pairs=f"{R}/tables/feature_pairs.parquet",
        similarity=f"{R}/tables/feature_similarity.parquet",
    log:
        logged("tables/feature_similarity"),
    params:
        digest=decided_by("compare_features", "compared_features"),


use rule step as draw_feature_maps with:
    input:
        **pictures_of_blocks(COMPARED_BLOCKS | {run: BLOCKS[run] for run in MAP_RUNS}),
        **tables_among(
            MAP_TABLES,
            maps="feature_maps",
            layers="layers_by_depth",
            starts="feature_starts",
            pairs="feature_pairs",
        ),
        **decided("draw_feature_maps", "figures/feature_maps"),
    output:
        sheets=told_each(
            "feature_maps/{0}/{1}/{2}.png",
            feature_maps.sheets(STUDY),
            *("feature_maps", "Feature maps"),
            figure="{0} of {1}",
            layer="{2}",
        ),
        trends=pictures_in(
            "feature_maps",
            ["trends"] * bool(MAP_FIGURES["trends"]),
            *("trends", "Feature maps"),
            figure="what maps look like by depth",
            layer="all",
        ),
        comparisons=pictures_in(
            "feature_maps/comparisons",
            [entry["name"] for entry in MAP_FIGURES["comparisons"]],
            *("compared_features", "Feature maps"),
            figure="{name}",
            layer="all",
        ),
        pdf=[f"{R}/figures/feature_maps/trends.pdf"] * bool(MAP_FIGURES["trends"]),
    log:
        logged("figures/feature_maps"),
    params:
        digest=decided_by("draw_feature_maps", "figures/feature_maps"),


rule feature_maps:
    input:
        [
            *expand(f"{R}/tables/{{table}}.parquet", table=MAP_TABLES),
            *rules.draw_feature_maps.output,
        ]
        if MAP_TABLES
        else [],
