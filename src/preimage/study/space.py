"""What the space of classes needs to know of a study (codes L1 to L3). No torch."""

from preimage.study.makers import makers
from preimage.study.opposites import groups_plan
from preimage.study.sources import is_untrained
from preimage.study.study import Plan, Study

# Folders of figures, and how a class finds its neighbour: in the order of measures/space/neighbours
KINDS = {"second_logit": "second logit", "l2_distance": "L2 distance"}
_SET = "class_images"


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


def axes_plan(study: Study) -> Plan:
    """Return what is measured along feature maps."""
    return {"spaces": list(spaces(study).values())}


def space_plan(study: Study) -> Plan:
    """Return what the tables and figures of the space of classes are of."""
    run = {"class_images": _SET, "networks": makers(study, _SET)}
    return {"study": study.name, **axes_plan(study), **run, **groups_plan(study)}


def axes_runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs whose pictures are measured along feature maps."""
    return list(dict.fromkeys((s["set"], s["network"]) for s in spaces(study).values()))


def axes_judges(study: Study) -> list[str]:
    """Return the networks whose feature maps are axes."""
    return list(dict.fromkeys(s["judge"] for s in spaces(study).values()))


def pictured_runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs whose pictures the figures show."""
    runs = [*axes_runs(study), *((_SET, network) for network in makers(study, _SET))]
    return list(dict.fromkeys(runs))


def claims_plan(study: Study) -> Plan:
    """Return the networks and the spaces to judge, which have learnt something, and `googlenets`.

    They also tell of tables that the study once had, and has no longer.
    """
    trained = {name for name, entry in study.networks.items() if not is_untrained(entry)}
    return {
        "networks": [name for name in makers(study, _SET) if name in trained],
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
    entries = [study.networks[network] for network in makers(study, _SET)]
    return [
        entry["name"]
        for entry in entries
        if entry["architecture"] == "googlenet" and isinstance(entry.get("weights"), str)
    ]
