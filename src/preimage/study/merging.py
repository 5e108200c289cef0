"""What merged networks learn from, and which class images show what came of it. No torch."""

from collections.abc import Collection, Mapping

from preimage.study.cutting import holding
from preimage.study.sources import is_merged, is_untrained
from preimage.study.study import Plan, Study


def learnt_blocks(blocks: Mapping[str, Plan], classes: Collection[int] | None) -> list[str]:
    """Return the names of the blocks that have pictures of these classes; None means of any."""
    return holding(blocks, lambda item: classes is None or item["classes"][0] in classes)


def merged(study: Study) -> list[str]:
    """Return the networks that learnt what others say."""
    return sorted(name for name, entry in study.networks.items() if is_merged(entry))


def claims_plan(study: Study) -> Plan:
    """Return what claims are judged on, and by whom.

    pictures: the sets in which a merged network made class images; beside each the sets in which
    the one that it started from did, with the same recipe and layer. judges: the networks that have
    learnt something.
    """
    judges = [name for name in study.judges if not is_untrained(study.networks[name])]
    return {"pictures": _pictures(study), "judges": judges}


def picture_runs(study: Study) -> list[tuple[str, str]]:
    """Return set and network of all the pictures in `claims_plan`, each once."""
    found = _pictures(study)
    made = [(entry["set"], entry["network"]) for entry in found]
    origins = [(name, entry["origin"]) for entry in found for name in entry["origin_sets"]]
    return list(dict.fromkeys([*made, *origins]))


def _pictures(study: Study) -> list[Plan]:
    return [entry for network in merged(study) for entry in _of_merged(study, network)]


def _of_merged(study: Study, network: str) -> list[Plan]:
    origin = study.networks[network]["weights"]["merged"]["network"]
    before = _class_images(study, origin)
    pairs = {
        name: [o for o in before if _manner(study, o, origin) == _manner(study, name, network)]
        for name in _class_images(study, network)
    }
    return [
        {"network": network, "origin": origin, "set": name, "origin_sets": others}
        for name, others in pairs.items()
        if others
    ]


def _class_images(study: Study, network: str) -> list[str]:
    return [
        name
        for name, maker in study.still_runs
        if maker == network and study.image_sets[name].asks("A")
    ]


def _manner(study: Study, image_set: str, network: str) -> tuple[object, ...]:
    return study.recipe(image_set, network), study.layers(image_set, network)
