"""What merged networks learn from, and which class images show what came of it. No torch."""

from collections.abc import Collection, Mapping
from itertools import product

from preimage.study.sources import is_merged, is_untrained
from preimage.study.study import Plan, Study


def learnt_blocks(blocks: Mapping[str, Plan], classes: Collection[int] | None) -> list[str]:
    """Return the names of the blocks that have pictures of these classes; None means of any."""
    return [
        name
        for name, block in blocks.items()
        if classes is None or any(item["classes"][0] in classes for item in block["items"])
    ]


def claims_plan(study: Study) -> Plan:
    """Return what claims are judged on, and by whom.

    pictures: of each merged network the class images, beside those of the one that it started from;
    an entry a pair of sets that ask for one class with the same recipe and layer. judges: the
    networks that have learnt something.
    """
    judges = [name for name in study.judges if not is_untrained(study.networks[name])]
    return {"pictures": _pictures(study), "judges": judges}


def picture_runs(study: Study) -> list[tuple[str, str]]:
    """Return set and network of all the pictures in `claims_plan`, each once."""
    found = _pictures(study)
    merged = [(entry["set"], entry["network"]) for entry in found]
    return list(dict.fromkeys([*merged, *((e["origin_set"], e["origin"]) for e in found)]))


def _pictures(study: Study) -> list[Plan]:
    merged = sorted(name for name, entry in study.networks.items() if is_merged(entry))
    return [entry for network in merged for entry in _of_merged(study, network)]


def _of_merged(study: Study, network: str) -> list[Plan]:
    origin = study.networks[network]["weights"]["merged"]["network"]
    return [
        {"network": network, "origin": origin, "set": one, "origin_set": other}
        for one, other in product(_class_images(study, network), _class_images(study, origin))
        if _manner(study, one, network) == _manner(study, other, origin)
    ]


def _class_images(study: Study, network: str) -> list[str]:
    return [
        name
        for name, maker in study.still_runs
        if maker == network and study.image_sets[name]["objective"].strip() == "A"
    ]


def _manner(study: Study, image_set: str, network: str) -> tuple[object, ...]:
    return study.recipe(image_set, network), study.layers(image_set, network)
