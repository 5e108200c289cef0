"""What the pages claim that a study has something to settle by. No torch."""

from preimage.study import areas, feature_maps, opposites, space
from preimage.study.sources import architecture, is_untrained, learns_noise
from preimage.study.study import Plan, Study


def claims_plan(study: Study) -> Plan:
    """Return the networks of a study, and by family what is settled."""
    families = {
        "opposites": (study.opposites, opposites.claims_plan(study)),
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
    learnt = "noise" if learns_noise(entry) else "trained"
    return {
        "architecture": architecture(entry),
        "state": "untrained" if is_untrained(entry) else learnt,
        "published": isinstance(entry["weights"], str),
    }
