"""What the pages claim that a study has something to settle by. No torch."""

from preimage.study import areas, comparisons, depth, feature_maps, merging, opposites, space
from preimage.study.study import Plan, Study


def claims_plan(study: Study) -> Plan:
    """Return, by family, what is settled; a family that the study has nothing of is left out."""
    compared = comparisons.comparison_plans(study)
    single, ordered = areas.single_runs(study), areas.ordered_runs(study)
    of_columns = compared or comparisons.pair_runs(study) or comparisons.photo_runs(study)
    families = {
        "opposites": (study.opposites, opposites.claims_plan(study)),
        "comparisons": (of_columns, comparisons.claims_plan(study, compared)),
        "merging": (merging.merged(study), merging.claims_plan(study)),
        "space": (space.spaces(study) or space.class_runs(study), space.claims_plan(study)),
        "depth": (study.photo_runs, {"runs": depth.runs_plan(study)}),
        "features": (single or ordered, {"single": single, "ordered": ordered}),
        "feature_maps": (feature_maps.tables(study), feature_maps.claims_plan(study)),
    }
    return {family: plan for family, (there, plan) in families.items() if there}
