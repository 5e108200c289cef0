"""What merged networks learn from, and which class images show what came of it. No torch."""

from collections.abc import Collection, Iterable, Mapping
from itertools import product

from preimage.study.sources import is_merged
from preimage.study.study import Plan, Study


def learnt_blocks(blocks: Mapping[str, Plan], classes: Collection[int] | None) -> list[str]:
    """Return the names of the blocks that have pictures of these classes; None means of any."""
    return [
        name
        for name, block in blocks.items()
        if classes is None or any(item["classes"][0] in classes for item in block["items"])
    ]


def pictures_plan(study: Study) -> list[Plan]:
    """Return the class images of each merged network beside those of the one it started from.

    An entry a pair of sets that ask for one class with the same recipe and layer; one without sets
    where there are none.
    """
    merged = sorted(name for name, entry in study.networks.items() if is_merged(entry))
    return [entry for network in merged for entry in _pictures(study, network)]


def picture_runs(study: Study) -> list[tuple[str, str]]:
    """Return set and network of all the pictures in `pictures_plan`, each once."""
    found = [entry for entry in pictures_plan(study) if "set" in entry]
    merged = [(entry["set"], entry["network"]) for entry in found]
    return list(dict.fromkeys([*merged, *((e["origin_set"], e["origin"]) for e in found)]))


def _pictures(study: Study, network: str) -> Iterable[Plan]:
    origin = study.networks[network]["weights"]["merged"]["network"]
    pairs = [
        {"set": one, "origin_set": other}
        for one, other in product(_class_images(study, network), _class_images(study, origin))
        if _manner(study, one, network) == _manner(study, other, origin)
    ]
    return [{"network": network, "origin": origin, **pair} for pair in pairs or [{}]]


def _class_images(study: Study, network: str) -> list[str]:
    return [
        name
        for name, maker in study.still_runs
        if maker == network and study.image_sets[name]["objective"].strip() == "A"
    ]


def _manner(study: Study, image_set: str, network: str) -> tuple[object, ...]:
    return study.recipe(image_set, network), study.layers(image_set, network)
