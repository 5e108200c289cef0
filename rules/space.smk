# A space of classes (L1 to L3): feature maps, nearest neighbours, principal components, comparison.

SPACES = space.spaces(STUDY)
MAKERS = generators_of("class_images")
SPACE_TABLES = space.tables(STUDY)
BY_SPACE = f"{R}/figures/space"
MAPS = f"{R}/space/{{space}}.maps.parquet"
OF_CLASSES = [n for n in ("neighbour_groups",) if n in SPACE_TABLES]
OF_CLASSES += ["comparison"] * ("space_comparison" in SPACE_TABLES)
for name, value in SPACES.items():
    plan(f"space/{name}", value)
for name, value in space.figure_plans(STUDY).items():
    plan(f"figures/{name}", value)


localrules:
    space,


wildcard_constraints:
    space="|".join(SPACES) or "none",


rule space:
    input:
        expand(f"{R}/tables/{{table}}.parquet", table=SPACE_TABLES),
        [f"{R}/figures/{name}.png" for name in space.figure_plans(STUDY)],
        expand(f"{BY_SPACE}/{{figure}}.png", figure=OF_CLASSES),


rule measure_maps:
    input:
        unpack(files_of_space),
        plan=f"{R}/plan/space/{{space}}.json",
        code=code("measure_maps"),
    output:
        MAPS,
    log:
        f"{R}/logs/space/{{space}}.maps.log",
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        plan=planned("space/{space}"),
        code=DIGESTS["code/measure_maps"],
    message:
        "Measure: maps of the space {wildcards.space}"
    shell:
        f"{STEP}.measure_maps --plan {{input.plan}} --network {{input.networks}}"
        f" --images {{input.images}} --items {{input.item_tables}} {DEVICE}"
        f" --batch {STUDY.config['batch']} --output {{output}} --log {{log}}"


rule merge_maps:
    input:
        parts=expand(MAPS, space=SPACES),
        spaces=plan("spaces", sorted(SPACES)),
        code=code("merge_tables"),
    output:
        f"{R}/tables/map_means.parquet",
    log:
        f"{R}/logs/tables/map_means.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/merge_tables"],
    message:
        "Table of means of feature maps"
    shell:
        f"{STEP}.merge_tables --table map_means"
        " --inputs {input.parts} --output {output} --log {log}"


rule tabulate_maps:
    input:
        means=f"{R}/tables/map_means.parquet",
        code=code("tabulate_maps"),
    output:
        f"{R}/tables/map_distributions.parquet",
    log:
        f"{R}/logs/tables/map_distributions.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/tabulate_maps"],
    message:
        "Table of distributions of feature maps"
    shell:
        f"{STEP}.tabulate_maps --means {{input.means}} --distributions {{output}} --log {{log}}"


rule tabulate_neighbour_graph:
    input:
        neighbours=f"{R}/tables/neighbours.parquet",
        plan=f"{R}/plan/groups.json",
        code=code("tabulate_neighbour_graph"),
    output:
        components=f"{R}/tables/components.parquet",
        groups=f"{R}/tables/neighbour_groups.parquet",
    log:
        f"{R}/logs/tables/components.log",
    conda:
        ENVIRONMENT
    params:
        plan=DIGESTS["groups"],
        code=DIGESTS["code/tabulate_neighbour_graph"],
    message:
        "Tables of neighbours: components of their graphs, and groups"
    shell:
        f"{STEP}.tabulate_neighbour_graph --plan {{input.plan}}"
        " --neighbours {input.neighbours} --components {output.components}"
        " --groups {output.groups} --log {log}"


rule tabulate_principal_components:
    input:
        predictions=measured("predictions", "class_images"),
        logits=measured("logits", "class_images"),
        runs=plan("runs/class_images", sorted(generators_of("class_images"))),
        code=code("tabulate_principal_components"),
    output:
        components=f"{R}/tables/principal_components.parquet",
        coordinates=f"{R}/tables/principal_coordinates.parquet",
    log:
        f"{R}/logs/tables/principal_components.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/tabulate_principal_components"],
    message:
        "Tables of principal components of logits"
    shell:
        f"{STEP}.tabulate_principal_components --predictions {{input.predictions}}"
        " --logits {input.logits} --components {output.components}"
        " --coordinates {output.coordinates} --log {log}"


rule compare_spaces:
    input:
        predictions=measured("predictions", "class_images"),
        logits=measured("logits", "class_images"),
        runs=plan("runs/class_images", sorted(generators_of("class_images"))),
        code=code("compare_spaces"),
    output:
        f"{R}/tables/space_comparison.parquet",
    log:
        f"{R}/logs/tables/space_comparison.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/compare_spaces"],
    message:
        "Table of how alike the spaces of networks are"
    shell:
        f"{STEP}.compare_spaces --predictions {{input.predictions}}"
        " --logits {input.logits} --comparison {output} --log {log}"


rule draw_maps:
    input:
        unpack(pictures_of_space),
        means=MAPS,
        plan=f"{R}/plan/figures/space/maps/{{space}}.json",
        code=code("draw_maps"),
    output:
        png=report(
            f"{BY_SPACE}/maps/{{space}}.png",
            caption="../workflow/report/maps.rst",
            category="Space of classes",
            labels={"figure": "feature maps: {space}"},
        ),
        pdf=f"{BY_SPACE}/maps/{{space}}.pdf",
    log:
        f"{R}/logs/figures/space/maps/{{space}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/space/maps/{space}"),
        code=DIGESTS["code/draw_maps"],
    message:
        "Draw: classes in the space {wildcards.space}"
    shell:
        f"{STEP}.draw_maps --plan {{input.plan}} --means {{input.means}}"
        " --images {input.images} --items {input.item_tables}"
        " --output {output.png} --log {log}"


rule draw_map_distributions:
    input:
        means=MAPS,
        distributions=f"{R}/tables/map_distributions.parquet",
        plan=f"{R}/plan/figures/space/distributions/{{space}}.json",
        code=code("draw_map_distributions"),
    output:
        png=report(
            f"{BY_SPACE}/distributions/{{space}}.png",
            caption="../workflow/report/map_distributions.rst",
            category="Space of classes",
            labels={"figure": "distributions: {space}"},
        ),
        pdf=f"{BY_SPACE}/distributions/{{space}}.pdf",
    log:
        f"{R}/logs/figures/space/distributions/{{space}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/space/distributions/{space}"),
        code=DIGESTS["code/draw_map_distributions"],
    message:
        "Draw: distributions of maps in the space {wildcards.space}"
    shell:
        f"{STEP}.draw_map_distributions --plan {{input.plan}} --means {{input.means}}"
        " --distributions {input.distributions} --output {output.png} --log {log}"


rule draw_neighbour_graph:
    input:
        neighbours=f"{R}/tables/neighbours.parquet",
        plan=f"{R}/plan/figures/space/{{kind}}/{{network}}.json",
        code=code("draw_neighbour_graph"),
    output:
        png=report(
            f"{BY_SPACE}/{{kind}}/{{network}}.png",
            caption="../workflow/report/neighbour_graph.rst",
            category="Space of classes",
            labels={"figure": "neighbours by {kind}: {network}"},
        ),
        pdf=f"{BY_SPACE}/{{kind}}/{{network}}.pdf",
    log:
        f"{R}/logs/figures/space/{{kind}}/{{network}}.log",
    wildcard_constraints:
        kind="|".join(space.KINDS),
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/space/{kind}/{network}"),
        code=DIGESTS["code/draw_neighbour_graph"],
    message:
        "Draw: nearest neighbours of {wildcards.network} by {wildcards.kind}"
    shell:
        f"{STEP}.draw_neighbour_graph --plan {{input.plan}}"
        " --neighbours {input.neighbours} --output {output.png} --log {log}"


rule draw_neighbour_groups:
    input:
        groups=f"{R}/tables/neighbour_groups.parquet",
        code=code("draw_neighbour_groups"),
    output:
        png=report(
            f"{BY_SPACE}/neighbour_groups.png",
            caption="../workflow/report/neighbour_groups.rst",
            category="Space of classes",
            labels={"figure": "groups of neighbours"},
        ),
        pdf=f"{BY_SPACE}/neighbour_groups.pdf",
    log:
        f"{R}/logs/figures/space/neighbour_groups.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/draw_neighbour_groups"],
    message:
        "Draw: groups of nearest neighbours"
    shell:
        f"{STEP}.draw_neighbour_groups --study {STUDY.name} --groups {{input.groups}}"
        " --output {output.png} --log {log}"


rule draw_principal_components:
    input:
        unpack(pictures_of_maker),
        components=f"{R}/tables/principal_components.parquet",
        coordinates=f"{R}/tables/principal_coordinates.parquet",
        plan=f"{R}/plan/figures/space/principal/{{network}}.json",
        code=code("draw_principal_components"),
    output:
        png=report(
            f"{BY_SPACE}/principal/{{network}}.png",
            caption="../workflow/report/principal_components.rst",
            category="Space of classes",
            labels={"figure": "principal components: {network}"},
        ),
        pdf=f"{BY_SPACE}/principal/{{network}}.pdf",
    log:
        f"{R}/logs/figures/space/principal/{{network}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/space/principal/{network}"),
        code=DIGESTS["code/draw_principal_components"],
    message:
        "Draw: principal components of {wildcards.network}"
    shell:
        f"{STEP}.draw_principal_components --plan {{input.plan}} --components {{input.components}}"
        " --coordinates {input.coordinates} --images {input.images} --items {input.item_tables}"
        " --output {output.png} --log {log}"


rule draw_space_comparison:
    input:
        comparison=f"{R}/tables/space_comparison.parquet",
        code=code("draw_space_comparison"),
    output:
        png=report(
            f"{BY_SPACE}/comparison.png",
            caption="../workflow/report/space_comparison.rst",
            category="Space of classes",
            labels={"figure": "comparison of networks"},
        ),
        pdf=f"{BY_SPACE}/comparison.pdf",
    log:
        f"{R}/logs/figures/space/comparison.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/draw_space_comparison"],
    message:
        "Draw: how alike the spaces of networks are"
    shell:
        f"{STEP}.draw_space_comparison --study {STUDY.name} --comparison {{input.comparison}}"
        " --output {output.png} --log {log}"
