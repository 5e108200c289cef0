"""What the tables and figures of opposites need to know of a study. No torch."""

from preimage.study.groups import families_of_breeds, read_groups
from preimage.study.study import Plan, Study


def groups_plan(study: Study) -> Plan:
    """Return the groups of the classes: a list, for a plan file sorts the keys of mappings."""
    groups = read_groups(study.config["groups"], study.classes)
    return {"groups": [[name, classes] for name, classes in groups.items()]}


def claims_plan(study: Study) -> Plan:
    """Return the groups that opposites are judged by, and what the sets are called."""
    breeds = families_of_breeds() if study.config["classes"] == "imagenet" else {}
    return groups_plan(study) | {
        "breeds": [[name, classes] for name, classes in breeds.items()],
        "opposites": _name(study.opposites),
        "class_images": _name(study.class_images),
    }


def judged_runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs whose predictions claims of opposites need, class images among them."""
    return pictured_runs(study)


def figure_plan(study: Study) -> Plan:
    """Return which networks' opposites are drawn, beside what class images, and how."""
    made = [network for _, network in study.opposites]
    image_set = _name(study.opposites)
    return groups_plan(study) | {
        "opposites": image_set,
        "class_images": _name(study.class_images),
        "networks": made,
        "grouped": made if study.config["groups"] else [],
        "style": study.look(image_set) if made else {},
    }


def _name(runs: list[tuple[str, str]]) -> str:
    return runs[0][0] if runs else ""


def pictured_runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs whose pictures stand side by side: opposites and, where there are any,
    class images of the same network.
    """
    made = {network for _, network in study.opposites}
    return [*study.opposites, *(run for run in study.class_images if run[1] in made)]


def plots(study: Study) -> list[str]:
    """Return the plots of opposites by their names under the folder of figures."""
    plan = figure_plan(study)
    kinds = {"opposite_graphs": plan["networks"], "opposite_groups": plan["grouped"]}
    return [f"{kind}/{network}" for kind, networks in kinds.items() for network in networks]
