# An atlas of feature maps by depth (N1 to N4), and pictures of one map made in several ways (M5).

MAP_RUNS = atlas.map_runs(STUDY)
FEATURE_COMPARISONS = atlas.comparison_plans(STUDY)
ATLAS_FIGURES = atlas.figure_plans(STUDY)
JUDGED_MAPS = {
    "logits": measured_by_run("logits", atlas.judged_runs(STUDY)),
    "scrambled": measured_by_run("scrambled.logits", atlas.judged_runs(STUDY)),
}
OF_ATLAS = f"{R}/figures/atlas"
FEATURE_TABLES = ("feature_maps", "feature_starts")
COMPARED_TABLES = ("feature_pairs", "feature_similarity")
plan("map_runs", sorted(MAP_RUNS))
plan("names_of_compared_features", list(FEATURE_COMPARISONS))
plan("atlas", atlas.judge_plan(STUDY))
plan("atlas/witnesses", atlas.witness_plan(STUDY))
for (image_set, network), value in atlas.run_plans(STUDY).items():
    plan(f"atlas/maps/{image_set}/{network}", value)
for name, value in FEATURE_COMPARISONS.items():
    plan(f"atlas/comparisons/{name}", value)
for name, value in ATLAS_FIGURES.items():
    plan(f"figures/{name}", value)


localrules:
    atlas,


rule atlas:
    input:
        expand(f"{R}/tables/{{table}}.parquet", table=atlas.tables(STUDY)),
        [f"{R}/figures/{name}.png" for name in ATLAS_FIGURES],


rule measure_atlas:
    input:
        unpack(pictures_of_run),
        plan=f"{R}/plan/atlas/maps/{{image_set}}/{{network}}.json",
        code=code("measure_atlas"),
    output:
        maps=f"{MEASURES}.feature_maps.parquet",
        starts=f"{MEASURES}.feature_starts.parquet",
    log:
        f"{R}/logs/measures/{{image_set}}/{{network}}.feature_maps.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("atlas/maps/{image_set}/{network}"),
        code=DIGESTS["code/measure_atlas"],
    message:
        "Measure: what {wildcards.image_set} of {wildcards.network} look like"
    shell:
        f"{STEP}.measure_atlas --plan {{input.plan}} --images {{input.images}}"
        " --items {input.item_tables} --maps {output.maps} --starts {output.starts} --log {log}"


rule merge_feature_maps:
    input:
        parts=lambda w: measured_by_run(w.feature_table, MAP_RUNS),
        runs=f"{R}/plan/map_runs.json",
        code=code("merge_tables"),
    output:
        f"{R}/tables/{{feature_table}}.parquet",
    log:
        f"{R}/logs/tables/{{feature_table}}.log",
    wildcard_constraints:
        feature_table="|".join(FEATURE_TABLES),
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/merge_tables"],
    message:
        "Table of {wildcards.feature_table}"
    shell:
        f"{STEP}.merge_tables --table {{wildcards.feature_table}}"
        " --inputs {input.parts} --output {output} --log {log}"


rule tabulate_atlas:
    input:
        **JUDGED_MAPS,
        maps=f"{R}/tables/feature_maps.parquet",
        plan=f"{R}/plan/atlas/witnesses.json",
        code=code("tabulate_atlas"),
    output:
        f"{R}/tables/layers_by_depth.parquet",
    log:
        f"{R}/logs/tables/layers_by_depth.log",
    conda:
        ENVIRONMENT
    params:
        plan=DIGESTS["atlas/witnesses"],
        code=DIGESTS["code/tabulate_atlas"],
    message:
        "Table of what maps look like by depth"
    shell:
        f"{STEP}.tabulate_atlas --plan {{input.plan}} --maps {{input.maps}}"
        " --logits {input.logits} --scrambled {input.scrambled} --layers {output} --log {log}"


rule compare_features:
    input:
        unpack(files_of_compared_features),
        plan=f"{R}/plan/atlas/comparisons/{{comparison}}.json",
        code=code("compare_features"),
    output:
        pairs=f"{R}/atlas/{{comparison}}.feature_pairs.parquet",
        similarity=f"{R}/atlas/{{comparison}}.feature_similarity.parquet",
    log:
        f"{R}/logs/atlas/{{comparison}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("atlas/comparisons/{comparison}"),
        code=DIGESTS["code/compare_features"],
    message:
        "Compare features: {wildcards.comparison}"
    shell:
        f"{STEP}.compare_features --plan {{input.plan}} --images {{input.images}}"
        " --items {input.item_tables} --pairs {output.pairs} --similarity {output.similarity}"
        " --log {log}"


rule merge_compared_features:
    input:
        parts=expand(
            f"{R}/atlas/{{name}}.{{{{compared_table}}}}.parquet",
            name=FEATURE_COMPARISONS,
        ),
        names=f"{R}/plan/names_of_compared_features.json",
        code=code("merge_tables"),
    output:
        f"{R}/tables/{{compared_table}}.parquet",
    log:
        f"{R}/logs/tables/{{compared_table}}.log",
    wildcard_constraints:
        compared_table="|".join(COMPARED_TABLES),
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/merge_tables"],
    message:
        "Table of {wildcards.compared_table}"
    shell:
        f"{STEP}.merge_tables --table {{wildcards.compared_table}}"
        " --inputs {input.parts} --output {output} --log {log}"


rule judge_atlas:
    input:
        **JUDGED_MAPS,
        maps=[f"{R}/tables/feature_maps.parquet"] if MAP_RUNS else [],
        similarity=(
            [f"{R}/tables/feature_similarity.parquet"] if FEATURE_COMPARISONS else []
        ),
        plan=f"{R}/plan/atlas.json",
        code=code("judge_atlas"),
    output:
        f"{R}/tables/claims_of_atlas.parquet",
    log:
        f"{R}/logs/tables/claims_of_atlas.log",
    conda:
        ENVIRONMENT
    params:
        plan=DIGESTS["atlas"],
        code=DIGESTS["code/judge_atlas"],
    message:
        "Table of claims of feature maps and verdicts"
    shell:
        f"{STEP}.judge_atlas --plan {{input.plan}} --maps {{input.maps}}"
        " --similarity {input.similarity} --logits {input.logits} --scrambled {input.scrambled}"
        " --claims {output} --log {log}"


rule draw_atlas:
    input:
        unpack(files_of_layer),
        maps=f"{MEASURES}.feature_maps.parquet",
        plan=f"{R}/plan/figures/atlas/{{image_set}}/{{network}}/{{layer}}.json",
        code=code("draw_atlas"),
    output:
        report(
            f"{OF_ATLAS}/{{image_set}}/{{network}}/{{layer}}.png",
            caption="../workflow/report/atlas.rst",
            category="Feature maps",
            labels={"figure": "{image_set} of {network}", "layer": "{layer}"},
        ),
    log:
        f"{R}/logs/figures/atlas/{{image_set}}/{{network}}/{{layer}}.log",
    wildcard_constraints:
        layer=r"\w[\w.-]*",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/atlas/{image_set}/{network}/{layer}"),
        code=DIGESTS["code/draw_atlas"],
    message:
        "Draw: {wildcards.image_set} of {wildcards.network}, {wildcards.layer}"
    shell:
        f"{STEP}.draw_atlas --plan {{input.plan}} --images {{input.images}}"
        " --items {input.item_tables} --maps {input.maps} --output {output} --log {log}"


rule draw_trends:
    input:
        layers=f"{R}/tables/layers_by_depth.parquet",
        starts=f"{R}/tables/feature_starts.parquet",
        plan=f"{R}/plan/figures/atlas/trends.json",
        code=code("draw_trends"),
    output:
        png=report(
            f"{OF_ATLAS}/trends.png",
            caption="../workflow/report/trends.rst",
            category="Feature maps",
            labels={"figure": "what maps look like by depth", "layer": "all"},
        ),
        pdf=f"{OF_ATLAS}/trends.pdf",
    log:
        f"{R}/logs/figures/atlas/trends.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/atlas/trends"),
        code=DIGESTS["code/draw_trends"],
    message:
        "Draw: what feature maps look like by depth"
    shell:
        f"{STEP}.draw_trends --plan {{input.plan}} --layers {{input.layers}}"
        " --starts {input.starts} --output {output.png} --log {log}"


rule draw_compared_features:
    input:
        unpack(files_of_compared_features),
        pairs=f"{R}/atlas/{{comparison}}.feature_pairs.parquet",
        plan=f"{R}/plan/figures/atlas/comparisons/{{comparison}}.json",
        code=code("draw_compared_features"),
    output:
        report(
            f"{OF_ATLAS}/comparisons/{{comparison}}.png",
            caption="../workflow/report/compared_features.rst",
            category="Feature maps",
            labels={"figure": "{comparison}", "layer": "all"},
        ),
    log:
        f"{R}/logs/figures/atlas/comparisons/{{comparison}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/atlas/comparisons/{comparison}"),
        code=DIGESTS["code/draw_compared_features"],
    message:
        "Draw: features of {wildcards.comparison}, side by side"
    shell:
        f"{STEP}.draw_compared_features --plan {{input.plan}} --images {{input.images}}"
        " --items {input.item_tables} --pairs {input.pairs} --output {output} --log {log}"
