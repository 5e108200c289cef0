# What the pages claim, settled by the tables of all families: one row a claim, and those beside it.

CLAIMED = claims.claims_plan(STUDY)
plan("claims", CLAIMED)
# By family what `settle_claims` takes. Whoever matches photos' outputs has the tables of depth.
EVIDENCE = {
    "depth": {
        "reconstructions": DEPTH_TABLES["reconstructions"],
        "traces": [
            ancient(f) for f in files_of_runs("trace.parquet", STUDY.photo_runs)
        ],
        "sha256": files_of_runs("items.parquet", STUDY.photo_runs),
        "recognised": recognised_sets(),
        "facts": NETWORK_FACTS,
        **LEARNT_LABELS,
    },
    "comparisons": {
        "compared_images": COMPARED_IMAGES,
        "hues": HUES,
        "compared_predictions": measured_runs(
            "predictions", comparisons.judged_runs(STUDY)
        ),
        "turn_logits": measured_runs("logits", comparisons.turn_runs(STUDY)),
    },
    "merging": {
        "merging_images": expand(
            f"{R}/networks/{{network}}.merging.parquet", network=MERGED
        ),
        "merged_predictions": measured_runs("predictions", merging.picture_runs(STUDY)),
        "compared_images": COMPARED_IMAGES,
    },
    "opposites": {
        "opposites": OPPOSITE_TABLES["opposites"],
        "opposite_predictions": measured_runs(
            "predictions", opposites.judged_runs(STUDY)
        ),
        "opposite_logits": [
            ancient(f) for f in measured_runs("logits", STUDY.opposites)
        ],
        **CROPS,
    },
    "fully_connected": {
        **(only(MLP_TABLES, "mlps") if EXPERIMENTS else {}),
        **(INVERSION_TABLES | KNOWN_TABLES if INVERSIONS else {}),
    },
    "space": NEAREST
    | PIXELS
    | only(SPACE_TABLES, "principal_components")
    | {"map_means": list(AXES.values())},
    "features": tables_among(AREA_TABLES, "areas", "reading_order"),
    "feature_maps": {
        **tables_among(MAP_TABLES, "feature_maps", "objectness", "feature_pairs"),
        "feature_traces": [
            ancient(f) for f in files_of_runs("trace.parquet", MAP_RUNS)
        ],
        "named": files_of_runs("items.parquet", MAP_RUNS),
    },
}


localrules:
    claims,


DRAWN = [
    *(rules.figures.input, rules.opposites.input, rules.comparisons.input),
    *(rules.reconstructions.input, rules.mlps.input, rules.animations.input),
    *(rules.space.input, rules.features.input, rules.feature_maps.input),
]
SHOWN = findings.plan(STUDY, [file for files in DRAWN for file in files])
plan("findings", SHOWN)


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


# The page of what was found, with small copies of figures: a folder that can stand anywhere.
use rule step as write_findings with:
    input:
        **decided("write_findings", "findings"),
        claims=rules.settle_claims.output.claims,
        drawn=[*SHOWN["figures"].values()],
    output:
        findings=f"{R}/findings/README.md",
        copies=[f"{R}/findings/{letter}.png" for letter in SHOWN["figures"]],
    log:
        logged("findings"),
    params:
        digest=decided_by("write_findings", "findings"),


rule claims:
    input:
        rules.settle_claims.output,
        rules.write_findings.output,
