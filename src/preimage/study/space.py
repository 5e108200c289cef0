"""What the space of classes needs to know of a study (codes L1 to L3). No torch."""

from preimage.study.opposites import groups_plan
from preimage.study.sources import is_untrained
from preimage.study.study import Plan, Run, Study

KINDS = {"second_logit": "second logit", "l2_distance": "L2 distance"}  # as files are named


def _runs(study: Study) -> list[Run]:
    """Return the class images among which classes have distances."""
    return study.class_images if study.has_distances else []


def spaces(study: Study) -> dict[str, Plan]:
    """Return the plan of each space of feature maps by its name."""
    keys = ("code", "set", "network", "layer", "maps")
    return {
        entry["name"]: {"space": entry["name"], "judge": entry.get("judge", entry["network"])}
        | {"batch_norm": entry.get("batch_norm", True)}
        | {key: entry[key] for key in keys}
        for entry in study.config["spaces"]
    }


def checks(study: Study) -> list[Plan]:
    """Return what `preimage.steps.check_study` is to check of layers and maps."""
    return [
        {key: plan[key] for key in ("layer", "maps", "batch_norm")}
        | {"network": plan["judge"], "side": study.networks[plan["judge"]]["size"]}
        | {"where": f"space {name}"}
        for name, plan in spaces(study).items()
    ]


def figure_plans(study: Study) -> dict[str, Plan]:
    """Return the plan of each figure by its name under the folder of figures."""
    plans: dict[str, Plan] = {}
    for name, plan in spaces(study).items():
        plans |= {f"space/{kind}/{name}": plan for kind in ("maps", "distributions")}
    for image_set, network in _runs(study):
        run = {"set": image_set, "network": network}
        plans[f"space/principal/{network}"] = run
        for file, kind in KINDS.items():
            plans[f"space/{file}/{network}"] = run | {"kind": kind} | groups_plan(study)
    return plans


def tables(study: Study) -> list[str]:
    """Return the names of the tables that a study has something for."""
    names = ["map_means", "map_distributions"] if study.config["spaces"] else []
    if _runs(study):
        names += ["components", "neighbour_groups", "principal_components", "principal_coordinates"]
    if len(_runs(study)) > 1:
        names.append("space_comparison")
    return names


def claims_plan(study: Study) -> Plan:
    """Return the networks and the spaces to judge, which have learnt something, and `googlenets`.

    They also tell of tables that the study once had, and has no longer.
    """
    trained = {name for name, entry in study.networks.items() if not is_untrained(entry)}
    return {
        "networks": [name for _, name in _runs(study) if name in trained],
        "spaces": [
            name
            for name, plan in spaces(study).items()
            if {plan["network"], plan["judge"]} <= trained
        ],
        "googlenets": googlenets(study),
    }


def googlenets(study: Study) -> list[str]:
    """Return the networks whose values the author published: those with torchvision's weights."""
    if study.config["classes"] != "imagenet":
        return []
    entries = [study.networks[network] for _, network in _runs(study)]
    return [
        entry["name"]
        for entry in entries
        if entry["architecture"] == "googlenet" and isinstance(entry.get("weights"), str)
    ]
