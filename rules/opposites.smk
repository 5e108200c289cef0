# Opposites as data: their groups, the way back, cycles, and the page's claims (codes I1 to I7).

OPPOSITE_FIGURES = [f"{FIGURES}/{name}.png" for name in opposites.figures(STUDY)]
OPPOSITE_TABLES = [
    f"{R}/tables/{table}.parquet"
    for table in (
        "opposites",
        "opposite_groups",
        "opposite_statistics",
        "cycles",
        "claims_of_opposites",
    )
    if generators_of("opposites")
]
plan("groups", opposites.groups_plan(STUDY))
plan("claims_of_opposites", opposites.claims_plan(STUDY))


localrules:
    opposites,


rule opposites:
    input:
        [files_of("opposites", n, "items.parquet") for n in generators_of("opposites")],
        OPPOSITE_TABLES,
        [f"{FIGURES}/opposites/{n}.png" for n in generators_of("opposites")],
        OPPOSITES,
        OPPOSITE_FIGURES,


rule tabulate_opposite_groups:
    input:
        opposites=f"{R}/tables/opposites.parquet",
        plan=f"{R}/plan/groups.json",
        code=code("tabulate_opposite_groups"),
    output:
        groups=f"{R}/tables/opposite_groups.parquet",
        statistics=f"{R}/tables/opposite_statistics.parquet",
        cycles=f"{R}/tables/cycles.parquet",
    log:
        f"{R}/logs/tables/opposite_groups.log",
    conda:
        ENVIRONMENT
    params:
        plan=DIGESTS["groups"],
        code=DIGESTS["code/tabulate_opposite_groups"],
    message:
        "Tables of the groups and cycles of opposites"
    shell:
        f"{STEP}.tabulate_opposite_groups --plan {{input.plan}} --opposites {{input.opposites}}"
        " --groups {output.groups} --statistics {output.statistics} --cycles {output.cycles}"
        " --log {log}"


rule judge_opposites:
    input:
        opposites=f"{R}/tables/opposites.parquet",
        plan=f"{R}/plan/claims_of_opposites.json",
        code=code("judge_opposites"),
    output:
        f"{R}/tables/claims_of_opposites.parquet",
    log:
        f"{R}/logs/tables/claims_of_opposites.log",
    conda:
        ENVIRONMENT
    params:
        plan=DIGESTS["claims_of_opposites"],
        code=DIGESTS["code/judge_opposites"],
    message:
        "Table of claims of opposites and verdicts"
    shell:
        f"{STEP}.judge_opposites --plan {{input.plan}} --opposites {{input.opposites}}"
        " --claims {output} --log {log}"


rule draw_opposite_graph:
    input:
        opposites=f"{R}/tables/opposites.parquet",
        cycles=f"{R}/tables/cycles.parquet",
        plan=f"{R}/plan/groups.json",
        code=code("draw_opposite_graph"),
    output:
        png=report(
            f"{FIGURES}/opposite_graphs/{{network}}.png",
            caption="../workflow/report/opposite_graphs.rst",
            category="Opposites",
            labels={"figure": "graph", "network": "{network}"},
        ),
        pdf=f"{FIGURES}/opposite_graphs/{{network}}.pdf",
    log:
        f"{R}/logs/figures/opposite_graphs/{{network}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=DIGESTS["groups"],
        code=DIGESTS["code/draw_opposite_graph"],
    message:
        "Draw: graph of the opposites of {wildcards.network}"
    shell:
        f"{STEP}.draw_opposite_graph --plan {{input.plan}} --network {{wildcards.network}}"
        " --opposites {input.opposites} --cycles {input.cycles} --output {output.png} --log {log}"


rule draw_opposite_groups:
    input:
        groups=f"{R}/tables/opposite_groups.parquet",
        code=code("draw_opposite_groups"),
    output:
        png=report(
            f"{FIGURES}/opposite_groups/{{network}}.png",
            caption="../workflow/report/opposite_groups.rst",
            category="Opposites",
            labels={"figure": "groups", "network": "{network}"},
        ),
        pdf=f"{FIGURES}/opposite_groups/{{network}}.pdf",
    log:
        f"{R}/logs/figures/opposite_groups/{{network}}.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/draw_opposite_groups"],
    message:
        "Draw: groups of the opposites of {wildcards.network}"
    shell:
        f"{STEP}.draw_opposite_groups --network {{wildcards.network}} --groups {{input.groups}}"
        " --output {output.png} --log {log}"
