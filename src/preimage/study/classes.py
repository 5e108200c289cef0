"""What asking networks, tables and figures of pictures of classes need to know. No torch."""

from dataclasses import asdict

from preimage.measures.images.factors import STATISTICS
from preimage.networks.world import World
from preimage.study.study import Plan, Study


def runs_of(study: Study, image_set: str) -> list[tuple[str, str]]:
    """Return the runs of one image set of classes."""
    return [run for run in study.class_runs if run[0] == image_set]


def needed_first(study: Study) -> dict[str, dict[str, int]]:
    """Return what comes first, so that there soon is a sheet of class images, and how urgent it is.

    By kind: networks that make class images, then their pictures, then networks that judge them.
    """
    makers = [network for _, network in study.class_images]
    judges = [judge for network in makers for judge in study.judges_of(network)]
    return {
        "network": dict.fromkeys(judges, 1) | dict.fromkeys(makers, 3),
        "image_set": dict.fromkeys(dict(study.class_images), 2),
    }


def judges_plan(study: Study, image_set: str) -> Plan:
    """Return who judges the pictures of each network that makes a set."""
    made = runs_of(study, image_set)
    return {"judges": {network: study.judges_of(network) for _, network in made}}


def tables_plan(study: Study) -> Plan:
    """Return the sets of class images, and the sets with one picture of each target."""
    return {
        "class_images": list(dict(study.class_images)),
        "still": sorted({name for name, _ in study.still_runs}),
    }


def factors_plan(study: Study) -> Plan:
    """Return the demo world and what each image set asks of its classes."""
    objectives = {name: study.image_sets[name].template.plain for name, _ in study.still_runs}
    return {"world": asdict(World()), "objectives": objectives}


def sets_with_factors(study: Study) -> list[str]:
    """Return the sets of which it is known what factors of the demo world they should carry."""
    if study.config["classes"] != "demo":
        return []
    objectives = factors_plan(study)["objectives"]
    return sorted(name for name, objective in objectives.items() if objective in STATISTICS)


def sheet_plan(study: Study, image_set: str) -> Plan:
    """Return who made a set, with what octaves, and how its sheets look."""
    octaves = [
        [network, [octave.iterations for octave in study.recipe(name, network).octaves]]
        for name, network in runs_of(study, image_set)
    ]
    return {"set": image_set, "octaves": octaves, "style": study.look(image_set)}


def plots_plan(study: Study) -> Plan:
    """Return what is drawn of the tables of pictures of classes."""
    runs = study.class_images if study.has_distances else []
    return {
        "study": study.name,
        "class_images": runs[0][0] if runs else "",
        "networks": [network for _, network in runs],
        "judges": study.judges,
        "metric": study.config["figures"].get("metric", "l2"),
        "classes": study.classes,
        "factors": sets_with_factors(study),
    }
