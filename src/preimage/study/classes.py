"""What asking networks, tables and figures of pictures of classes need to know. No torch."""

from dataclasses import asdict

from preimage.descent.objective import Objective
from preimage.measures.images.factors import STATISTICS
from preimage.networks.world import World
from preimage.study.makers import makers
from preimage.study.study import Plan, Study
from preimage.study.templates import filled

CLASS_IMAGES = "class_images"


def runs_of(study: Study, image_set: str) -> list[tuple[str, str]]:
    """Return the runs of one image set of classes."""
    return [run for run in study.class_runs if run[0] == image_set]


def class_images(study: Study) -> list[tuple[str, str]]:
    """Return the runs of the class images; none where a study has no such set."""
    return [(CLASS_IMAGES, network) for network in makers(study, CLASS_IMAGES)]


def needed_first(study: Study) -> set[str]:
    """Return the networks without which there is no sheet of class images: makers and judges."""
    made = [network for _, network in class_images(study)]
    return {*made, *(judge for network in made for judge in study.judges_of(network))}


def judges_plan(study: Study, image_set: str) -> Plan:
    """Return who judges the pictures of each network that makes a set."""
    made = runs_of(study, image_set)
    return {"judges": {network: study.judges_of(network) for _, network in made}}


def tables_plan(study: Study) -> Plan:
    """Return the sets of class images, and the sets with one picture of each target."""
    return {
        "class_images": [CLASS_IMAGES] if class_images(study) else [],
        "still": list(dict.fromkeys(name for name, _ in study.still_runs)),
    }


def factors_plan(study: Study) -> Plan:
    """Return the demo world and what each image set asks of its classes."""
    sets = {name: study.image_sets[name] for name, _ in study.still_runs}
    objectives = {name: _plain(entry["objective"]) for name, entry in sets.items()}
    return {"world": asdict(World()), "objectives": objectives}


def sets_with_factors(study: Study) -> list[str]:
    """Return the sets of which it is known what factors of the demo world they should carry."""
    if study.config["classes"] != "demo":
        return []
    objectives = factors_plan(study)["objectives"]
    return [name for name, objective in objectives.items() if objective in STATISTICS]


def sheet_plan(study: Study, image_set: str) -> Plan:
    """Return who made a set, with what octaves, and how its sheets look."""
    octaves = [
        [network, [octave.iterations for octave in study.recipe(name, network).octaves]]
        for name, network in runs_of(study, image_set)
    ]
    return {"set": image_set, "octaves": octaves, "style": study.look(image_set)}


def plots_plan(study: Study) -> Plan:
    """Return what is drawn of the tables of pictures of classes."""
    return {
        "study": study.name,
        "class_images": CLASS_IMAGES,
        "networks": makers(study, CLASS_IMAGES),
        "judges": study.judges,
        "metric": study.config["figures"].get("metric", "l2"),
        "classes": study.classes,
        "factors": sets_with_factors(study),
    }


def _plain(template: str) -> str:
    """Write an objective of classes in the one way that an objective prints itself, -A for - A,
    and by the proportions of its terms, A + B for 2 * A + 2 * B.
    """

    def address(view: str, letter: str) -> str:
        return f"{view or 'class'}:{letter}" + (", picture" if letter == "P" else "")

    objective = Objective.parse(filled(template, address))
    largest = max(abs(weight) for weight, _ in objective.terms)
    return str(objective * (1 / largest)).replace("class:", "")
