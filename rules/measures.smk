# Measures: what the networks say about the images, and the tables that follow from it.

SAID = f"{R}/measures/{{image_set}}"
WITH_FACTORS = classes.sets_with_factors(STUDY)
TABLES = ["items"] * bool(STUDY.runs)
if STUDY.class_runs:
    TABLES += ["predictions", "distances", "neighbours", "agreement"]
    TABLES += ["factors"] * bool(WITH_FACTORS)

for name in dict(STUDY.class_runs):
    plan(f"judges/{name}", classes.judges_plan(STUDY, name))
plan("runs", sorted(STUDY.runs))
plan("class_runs", sorted(STUDY.class_runs))
plan("classes", classes.tables_plan(STUDY))
plan("factors", classes.factors_plan(STUDY))
plan("judges", sorted(STUDY.judges))


localrules:
    tables,


use rule computing_step as ask_networks with:
    input:
        unpack(asked_of_set),
        **decided("ask_networks", "judges/{image_set}"),
    output:
        predictions=f"{SAID}.predictions.parquet",
        logits=f"{SAID}.logits.parquet",
    log:
        logged("measures/{image_set}"),
    params:
        digest=decided_by("ask_networks", "judges/{image_set}"),


use rule step as tabulate_items with:
    input:
        **decided("tabulate_items", runs=["runs"]),
        item_tables=files_of_runs("items.parquet", STUDY.runs),
        blocks=[KEYS.file(f"blocks/{s}/{n}") for s, n in STUDY.runs],
    output:
        all_items=f"{R}/tables/items.parquet",
    log:
        logged("tables/items"),
    params:
        digest=decided_by("tabulate_items", runs=["runs"]),


use rule step as tabulate_classes with:
    input:
        **decided("tabulate_classes", "classes", runs=["class_runs"]),
        predictions=measured("predictions"),
        logits=measured_runs("logits", STUDY.class_images),
    output:
        all_predictions=f"{R}/tables/predictions.parquet",
        distances=f"{R}/tables/distances.parquet",
        neighbours=f"{R}/tables/neighbours.parquet",
        agreement=f"{R}/tables/agreement.parquet",
    log:
        logged("tables/classes"),
    params:
        digest=decided_by("tabulate_classes", "classes", runs=["class_runs"]),


use rule step as tabulate_factors with:
    input:
        **decided("tabulate_factors", "factors", runs=["class_runs"]),
        predictions=measured_runs("predictions", STUDY.still_runs),
        logits=measured_runs("logits", STUDY.still_runs),
    output:
        factors=f"{R}/tables/factors.parquet",
    log:
        logged("tables/factors"),
    params:
        digest=decided_by("tabulate_factors", "factors", runs=["class_runs"]),


rule tables:
    input:
        [f"{R}/tables/{table}.parquet" for table in TABLES],
