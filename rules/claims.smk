# What the pages claim, settled by the tables of all families: one table of verdicts.

CLAIMED = claims.claims_plan(STUDY)
plan("claims", CLAIMED)
# By family what `settle_claims` takes. Whoever matches photos' outputs has the tables of depth.
EVIDENCE = {
    "opposites": {"opposites": OPPOSITE_TABLES["opposites"]},
    "comparisons": (COMPARISON_TABLES if TOLD_RUNS else {})
    | {"compared_images": COMPARED_IMAGES},
    "merging": {
        "merging_images": expand(
            f"{R}/networks/{{network}}.merging.parquet", network=MERGED
        ),
        "predictions": measured_runs("predictions", merging.picture_runs(STUDY)),
    },
    "space": NEAREST
    | only(
        SPACE_TABLES, "map_distributions", "neighbour_groups", "principal_components"
    ),
    "depth": {
        "reconstructions": DEPTH_TABLES["reconstructions"],
        "traces": [
            ancient(f) for f in files_of_runs("trace.parquet", STUDY.photo_runs)
        ],
        "sha256": files_of_runs("items.parquet", STUDY.photo_runs),
    },
    "features": tables_among(AREA_TABLES, "areas", "reading_order"),
    "feature_maps": tables_among(
        MAP_TABLES, "feature_maps", "objectness", "feature_similarity"
    ),
}


localrules:
    claims,


use rule step as settle_claims with:
    input:
        **decided("settle_claims", "claims"),
        **{
            name: files
            for family in CLAIMED
            for name, files in EVIDENCE[family].items()
        },
    output:
        claims=f"{R}/tables/claims.parquet",
    log:
        logged("tables/claims"),
    params:
        digest=decided_by("settle_claims", "claims"),


rule claims:
    input:
        rules.settle_claims.output if CLAIMED else [],
