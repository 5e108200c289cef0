"""What the pictures of an image set are of: classes, pairs of them, or photos. No torch."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from preimage.networks.classes import class_index

Target = tuple[int, ...] | tuple[str]  # indices of classes, or the name of a photo


def targets(image_set: Mapping[str, Any], names: Sequence[str]) -> list[Target]:
    """Return the targets of a checked image set, of classes with these names, in their order."""
    where = f"image set {image_set['name']}"
    if "photos" in image_set:
        return [(name,) for name in image_set["photos"]]
    if "pairs" in image_set:
        return _pairs(image_set["pairs"], names, where)
    if image_set["classes"] == "all":
        return [(i,) for i in range(len(names))]
    return sorted({(class_index(c, names, where),) for c in image_set["classes"]})


def seeds(image_set: Mapping[str, Any]) -> Sequence[int]:
    """Return the seeds of an image set, ascending; one of its own where none is given."""
    return sorted(image_set.get("seeds", [999]))


def _pairs(
    pairs: Sequence[Sequence[str | int]] | Mapping[str, int], names: Sequence[str], where: str
) -> list[tuple[int, ...]]:
    if isinstance(pairs, Mapping):
        draw = random.Random(pairs.get("seed", 0))
        every = [(a, b) for a in range(len(names)) for b in range(len(names)) if a != b]
        return sorted(draw.sample(every, min(pairs["sample"], len(every))))
    return sorted({tuple(class_index(c, names, where) for c in pair) for pair in pairs})
