"""What the tables and figures of opposites need to know of a study. No torch."""

from preimage.study.groups import read_groups
from preimage.study.sources import is_untrained
from preimage.study.study import Plan, Study


def groups_plan(study: Study) -> Plan:
    """Return the groups of the classes: a list, for a plan file sorts the keys of mappings."""
    groups = read_groups(study.config["groups"], study.classes)
    return {"groups": [[name, classes] for name, classes in groups.items()]}


def claims_plan(study: Study) -> Plan:
    """Return the groups and the networks to judge: those that have learnt something."""
    made = [network for _, network in study.opposites]
    trained = [network for network in made if not is_untrained(study.networks[network])]
    return groups_plan(study) | {"networks": trained}


def figures(study: Study) -> list[str]:
    """Return the figures of opposites by their names under the folder of figures."""
    kinds = ["opposite_graphs"] + ["opposite_groups"] * bool(study.config["groups"])
    return [f"{kind}/{network}" for kind in kinds for _, network in study.opposites]


def tables(study: Study) -> list[str]:
    """Return the names of the tables that a study has something for."""
    of_groups = ["opposite_groups", "opposite_statistics", "cycles", "claims_of_opposites"]
    return ["opposites", *of_groups] if study.opposites else []
