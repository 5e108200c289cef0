# A space of classes (L1 to L3): feature maps, nearest neighbours, principal components, comparison.

from functools import partial

SPACES = space.spaces(STUDY)
MAKERS = [network for _, network in space.class_runs(STUDY)]
plan("axes", space.axes_plan(STUDY))
plan("space", space.space_plan(STUDY))
AXES = {"means": f"{R}/tables/map_means.parquet"} if SPACES else {}
plan("pixels", space.pixels_plan(STUDY))
NEAREST = {"neighbours": f"{R}/tables/neighbours.parquet"} if MAKERS else {}
PIXELS = {"pixel_neighbours": f"{R}/tables/pixel_neighbours.parquet"} if MAKERS else {}
SPACE_TABLES = {
    name: f"{R}/tables/{name}.parquet"
    for name in [
        "map_distributions",
        "components",
        "neighbour_groups",
        "principal_components",
        "principal_coordinates",
        "space_comparison",
    ]
}
SHARED = ["neighbour_groups"] if MAKERS else []
COMPARED = ["comparison"] if len(MAKERS) > 1 else []
in_space = partial(pictures_in, category="Space of classes")
SPACE_FIGURES = {
    "planes": in_space("space/maps", SPACES, "maps", figure="feature maps: {name}"),
    "histograms": in_space(
        "space/distributions",
        SPACES,
        "map_distributions",
        figure="distributions: {name}",
    ),
    "graphs": [
        file
        for folder, kind in space.KINDS.items()
        for file in in_space(
            f"space/{folder}",
            MAKERS,
            "neighbour_graph",
            figure=f"neighbours by {kind}: {{name}}",
        )
    ],
    "shares": in_space(
        "space", SHARED, "neighbour_groups", figure="groups of neighbours"
    ),
    "principal": in_space(
        "space/principal",
        MAKERS,
        "principal_components",
        figure="principal components: {name}",
    ),
    "alike": in_space(
        "space", COMPARED, "space_comparison", figure="comparison of networks"
    ),
}


localrules:
    space,


use rule computing_step as measure_axes with:
    input:
        **network_files(space.axes_judges(STUDY)),
        **pictures_of(space.axes_runs(STUDY)),
        **decided("measure_axes", "axes"),
    output:
        means=f"{R}/tables/map_means.parquet",
    log:
        logged("tables/map_means"),
    params:
        digest=decided_by("measure_axes", "axes"),


use rule step as measure_pixels with:
    input:
        **pictures_of(space.class_runs(STUDY)),
        **decided("measure_pixels", "pixels"),
    output:
        pixel_neighbours=f"{R}/tables/pixel_neighbours.parquet",
    log:
        logged("tables/pixel_neighbours"),
    params:
        digest=decided_by("measure_pixels", "pixels"),


use rule step as tabulate_space with:
    input:
        **AXES,
        **NEAREST,
        **decided("tabulate_space", "space"),
        predictions=measured_runs("predictions", space.class_runs(STUDY)),
        logits=[ancient(f) for f in measured_runs("logits", space.class_runs(STUDY))],
    output:
        **SPACE_TABLES,
    log:
        logged("tables/space"),
    params:
        digest=decided_by("tabulate_space", "space"),


use rule step as draw_space with:
    input:
        **AXES,
        **NEAREST,
        **{name: file for name, file in SPACE_TABLES.items() if name != "components"},
        **pictures_of(space.pictured_runs(STUDY)),
        **decided("draw_space", "space"),
    output:
        **SPACE_FIGURES,
        pdf=pdfs(*[figure for kind in SPACE_FIGURES.values() for figure in kind]),
    log:
        logged("figures/space"),
    params:
        digest=decided_by("draw_space", "space"),


rule space:
    input:
        [
            *AXES.values(),
            *PIXELS.values(),
            *SPACE_TABLES.values(),
            *rules.draw_space.output,
        ]
        if SPACES or MAKERS
        else [],
