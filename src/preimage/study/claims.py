"""What the pages claim that a study has something to settle by. No torch."""

from preimage.study import (
    areas,
    comparisons,
    depth,
    feature_maps,
    merging,
    mlps,
    opposites,
    space,
)
from preimage.study.sources import architecture, state
from preimage.study.study import Plan, Study


def claims_plan(study: Study) -> Plan:
    """Return the networks of a study, and by family what is settled."""
    compared = comparisons.comparison_plans(study)
    told = comparisons.judged_runs(study)
    families = {
        "opposites": (study.opposites, opposites.claims_plan(study)),
        "depth": (study.photo_runs, depth.claims_plan(study)),
        "comparisons": (told, comparisons.claims_plan(study, compared)),
        "merging": (merging.merged(study), merging.claims_plan(study, compared)),
        "fully_connected": (
            study.config["mlps"] or study.config["inversions"],
            {"complete": mlps.threshold_plan(study.config["mlps"])},
        ),
        "space": (space.spaces(study) or space.class_runs(study), space.claims_plan(study)),
        "features": (
            areas.single_runs(study) or areas.ordered_runs(study),
            areas.claims_plan(study),
        ),
        "feature_maps": (feature_maps.tables(study), feature_maps.claims_plan(study)),
    }
    return {"makers": makers(study)} | {
        family: plan for family, (there, plan) in families.items() if there
    }


def makers(study: Study) -> dict[str, Plan]:
    """Return what each network is, by its name: see `preimage.claims.makers.Maker`."""
    return {name: _maker(entry) for name, entry in study.networks.items()}


def _maker(entry: Plan) -> Plan:
    return {
        "architecture": architecture(entry),
        "state": state(entry),
        "published": isinstance(entry["weights"], str),
    }
