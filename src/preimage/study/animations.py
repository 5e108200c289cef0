"""Which animations of classes a study asks for, as data for plan files. No torch."""

from preimage.study.study import Plan, Run, Study


def figure_plan(study: Study) -> Plan:
    """Return all animations, and how their films look.

    There is one for each target of each run of an image set with frames, from its first seed.
    """
    shown = [
        _animated(study, image_set, network, item)
        for image_set, network in runs(study)
        for item in study.image_sets[image_set].firsts(network)
    ]
    return {"animations": shown, "look": study.config["figures"].get("animations", {})}


def runs(study: Study) -> list[Run]:
    """Return the runs that have frames."""
    return [run for run in study.class_runs if study.image_sets[run[0]].frames]


def _animated(study: Study, name: str, network: str, item: Plan) -> Plan:
    image_set = study.image_sets[name]
    known = [[number, study.classes[number]] for number in item["classes"]]
    return {
        "set": name,
        "network": network,
        "item": item["item"],
        "seed": image_set.seeds[0],
        "frames": image_set.frames,
        "objective": image_set.template.words([name for _, name in known]),
        "along": "t" if image_set.template.moves else "step",
        "classes": known,
    }
