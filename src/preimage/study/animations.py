"""Which animations of classes a study asks for, as data for plan files. No torch."""

from preimage.blocks import frame_of
from preimage.study.kinds import ImageSet
from preimage.study.study import Plan, Study


def animation_plans(study: Study) -> dict[str, Plan]:
    """Return the plan of each animation by its name, ``SET/NETWORK/ITEM``.

    There is one for each target of each run of an image set with frames, from its first seed.
    """
    look = study.config["figures"].get("animations", {})
    return {
        f"{plan['set']}/{plan['network']}/{plan['item']}": plan | {"look": look}
        for name, network in study.class_runs
        if study.image_sets[name].frames
        for plan in _plans(study.image_sets[name], network)
    }


def _plans(image_set: ImageSet, network: str) -> list[Plan]:
    shared = {
        "set": image_set.name,
        "network": network,
        "seed": image_set.seeds[0],
        "along": "t" if image_set.template.moves else "step",
    }
    firsts = image_set.firsts(network)
    return [shared | _of_item(image_set, item["item"], item["classes"]) for item in firsts]


def _of_item(image_set: ImageSet, name: str, classes: list[int]) -> Plan:
    known = [[number, image_set.names[number]] for number in classes]
    return {
        "item": name,
        "items": [frame_of(name, number) for number in range(image_set.frames)],
        "objective": image_set.template.words([name for _, name in known]),
        "classes": known,
    }
