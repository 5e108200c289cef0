# What the pages claim, settled by the tables of all families: one row a claim, and those beside it.

CLAIMED = claims.claims_plan(STUDY)
plan("claims", CLAIMED)
# By family what `settle_claims` takes. Whoever matches photos' outputs has the tables of depth.
EVIDENCE = {
    "opposites": {"opposites": OPPOSITE_TABLES["opposites"]},
}


localrules:
    claims,


use rule step as settle_claims with:
    input:
        **decided("settle_claims", "claims"),
        **{
            name: files
            for family in EVIDENCE.keys() & CLAIMED.keys()
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
        rules.settle_claims.output,
