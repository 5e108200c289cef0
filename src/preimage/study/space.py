"""What the space of classes needs to know of a study (codes L1 to L3). No torch."""

from preimage.study.opposites import groups_plan
from preimage.study.study import Plan, Run, Study

# Folders of figures, and how a class finds its neighbour: in the order of measures/space/neighbours
KINDS = {"second_logit": "second logit", "l2_distance": "L2 distance"}


def class_runs(study: Study) -> list[Run]:
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


def axes_plan(study: Study) -> Plan:
    """Return what is measured along feature maps."""
    return {"spaces": list(spaces(study).values())}


def space_plan(study: Study) -> Plan:
    """Return what the tables and figures of the space of classes are of."""
    runs = class_runs(study)
    of_classes = {
        "class_images": runs[0][0] if runs else "",
        "networks": [network for _, network in runs],
    }
    return {"study": study.name, **axes_plan(study), **of_classes, **groups_plan(study)}


def axes_runs(study: Study) -> list[Run]:
    """Return the runs whose pictures are measured along feature maps."""
    return list(dict.fromkeys((s["set"], s["network"]) for s in spaces(study).values()))


def axes_judges(study: Study) -> list[str]:
    """Return the networks whose feature maps are axes."""
    return list(dict.fromkeys(s["judge"] for s in spaces(study).values()))


def pictured_runs(study: Study) -> list[Run]:
    """Return the runs whose pictures the figures show."""
    return list(dict.fromkeys([*axes_runs(study), *class_runs(study)]))


def claims_plan(study: Study) -> Plan:
    """Return the groups of the classes, whether these are the pages', and the networks that take
    their input as it is: GoogLeNet with torchvision's weights remaps it unless told not to.
    """
    as_it_is = [
        name
        for name, entry in study.networks.items()
        if entry.get("options", {}).get("transform_input") is False
    ]
    of_pages = study.config["classes"] == "imagenet"
    return groups_plan(study) | {"imagenet": of_pages, "as_it_is": as_it_is}


def pixels_plan(study: Study) -> Plan:
    """Return the runs of class images whose pixels are compared."""
    return {"runs": [list(run) for run in class_runs(study)]}
