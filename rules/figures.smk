# Figures: sheets of pictures as PNG, plots as PNG and PDF. Their look is in `figures:`.

FIGURES = f"{R}/figures"
SHEETS = [f"{FIGURES}/{s}/{n}.png" for s, n in STUDY.class_runs]
TRACES = [f"{FIGURES}/traces/{s}/{n}.png" for s, n in STUDY.still_runs]
DISTANCES = expand(
    f"{FIGURES}/distances/{{network}}.by.{{judge}}.png",
    network=generators_of("class_images"),
    judge=STUDY.judges,
)
WITH_FACTORS = STUDY.sets_with_factors
OF_STUDY = ["agreement"] * ("agreement" in TABLES)

for name, value in STUDY.figure_plans().items():
    plan(f"figures/{name}", value)


localrules:
    figures,


rule figures:
    input:
        SHEETS,
        TRACES,
        DISTANCES,
        expand(f"{FIGURES}/factors/{{image_set}}.png", image_set=WITH_FACTORS),
        expand(f"{FIGURES}/{{figure}}.png", figure=OF_STUDY),


rule draw_grid:
    input:
        unpack(pictures_of_run),
        predictions=f"{MEASURES}.predictions.parquet",
        plan=f"{R}/plan/figures/{{image_set}}/{{network}}.json",
        code=code("draw_grid"),
    output:
        report(
            f"{FIGURES}/{{image_set}}/{{network}}.png",
            caption="../workflow/report/grid.rst",
            category="Pictures",
            labels={"set": "{image_set}", "network": "{network}"},
        ),
    log:
        f"{R}/logs/figures/{{image_set}}/{{network}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/{image_set}/{network}"),
        code=DIGESTS["code/draw_grid"],
    message:
        "Draw: {wildcards.image_set} of {wildcards.network}"
    shell:
        f"{STEP}.draw_grid --plan {{input.plan}} --images {{input.images}}"
        " --items {input.item_tables} --predictions {input.predictions}"
        " --output {output} --log {log}"


rule draw_traces:
    input:
        traces=lambda w: files_of(w.image_set, w.network, "trace.parquet"),
        item_tables=lambda w: files_of(w.image_set, w.network, "items.parquet"),
        blocks=BLOCKS_OF_RUN,
        plan=f"{R}/plan/figures/traces/{{image_set}}/{{network}}.json",
        code=code("draw_traces"),
    output:
        png=report(
            f"{FIGURES}/traces/{{image_set}}/{{network}}.png",
            caption="../workflow/report/traces.rst",
            category="Descents",
            labels={"set": "{image_set}", "network": "{network}"},
        ),
        pdf=f"{FIGURES}/traces/{{image_set}}/{{network}}.pdf",
    log:
        f"{R}/logs/figures/traces/{{image_set}}/{{network}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/traces/{image_set}/{network}"),
        code=DIGESTS["code/draw_traces"],
    message:
        "Draw: loss by iteration, {wildcards.image_set} of {wildcards.network}"
    shell:
        f"{STEP}.draw_traces --plan {{input.plan}} --traces {{input.traces}}"
        " --items {input.item_tables} --output {output.png} --log {log}"


rule draw_distances:
    input:
        distances=f"{R}/tables/distances.parquet",
        about=f"{R}/networks/{{network}}.json",
        plan=f"{R}/plan/figures/distances/{{network}}.by.{{judge}}.json",
        code=code("draw_distances"),
    output:
        png=report(
            f"{FIGURES}/distances/{{network}}.by.{{judge}}.png",
            caption="../workflow/report/distances.rst",
            category="Classes in logit space",
            labels={"network": "{network}", "judge": "{judge}"},
        ),
        pdf=f"{FIGURES}/distances/{{network}}.by.{{judge}}.pdf",
    log:
        f"{R}/logs/figures/distances/{{network}}.by.{{judge}}.log",
    wildcard_constraints:
        judge="|".join(STUDY.judges) or "none",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/distances/{network}.by.{judge}"),
        code=DIGESTS["code/draw_distances"],
    message:
        "Draw: distances between classes of {wildcards.network}, seen by {wildcards.judge}"
    shell:
        f"{STEP}.draw_distances --plan {{input.plan}} --distances {{input.distances}}"
        " --network {input.about} --output {output.png} --log {log}"


rule draw_agreement:
    input:
        agreement=f"{R}/tables/agreement.parquet",
        code=code("draw_agreement"),
    output:
        png=report(
            f"{FIGURES}/agreement.png",
            caption="../workflow/report/agreement.rst",
            category="Networks",
            labels={"figure": "agreement"},
        ),
        pdf=f"{FIGURES}/agreement.pdf",
    log:
        f"{R}/logs/figures/agreement.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/draw_agreement"],
    message:
        "Draw: agreement between networks"
    shell:
        f"{STEP}.draw_agreement --study {STUDY.name} --agreement {{input.agreement}}"
        " --output {output.png} --log {log}"


rule draw_factors:
    input:
        factors=f"{R}/tables/factors.parquet",
        code=code("draw_factors"),
    output:
        png=report(
            f"{FIGURES}/factors/{{image_set}}.png",
            caption="../workflow/report/factors.rst",
            category="Factors",
            labels={"set": "{image_set}"},
        ),
        pdf=f"{FIGURES}/factors/{{image_set}}.pdf",
    log:
        f"{R}/logs/figures/factors/{{image_set}}.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/draw_factors"],
    message:
        "Draw: factors of the demo world in {wildcards.image_set}"
    shell:
        f"{STEP}.draw_factors --study {STUDY.name} --set {{wildcards.image_set}}"
        " --factors {input.factors}"
        " --output {output.png} --log {log}"
