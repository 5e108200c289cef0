"""What the configuration says of merged networks, checked and filled in. No torch."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from preimage.errors import UserError
from preimage.networks.classes import class_index
from preimage.study.checks.image_sets import check_knows_classes
from preimage.study.checks.names import check_named, checked_run, names_of
from preimage.study.kinds import ImageSet, Pictures
from preimage.study.sources import is_merged

Config = Mapping[str, Any]
Entry = Mapping[str, Any]
Sets = Mapping[str, ImageSet]

_OF_ORIGIN = ("architecture", "options", "module", "arguments", "output", "input", "size")


def with_origins(config: Config, sets: Sets) -> list[Entry]:
    """Return the configuration's networks, of merged ones all that plans need to know.

    A merged network is built as the one that it starts from, has its size and its input, and the
    numbers of the classes that it learns. Its image set must have passed `check_image_set`. Raises
    UserError for names that nothing bears, pictures that there are not, and circles.
    """
    entries = {entry["name"]: entry for entry in config["networks"]}
    for i, entry in enumerate(config["networks"]):
        if is_merged(entry):
            _check(entry, config, sets, f"networks[{i}] ({entry['name']})")
    for name in _origins_first(config, sets):
        if is_merged(entries[name]):
            entries[name] = _completed(entries[name], entries, sets)
    return list(entries.values())


def _check(entry: Entry, config: Config, sets: Sets, where: str) -> None:
    merged = entry["weights"]["merged"]
    for key in _OF_ORIGIN:
        if key in entry:
            raise UserError(
                f"configuration, {where}: leave out {key}: a merged network has that of the "
                "network it starts from"
            )
    for key in ("network", "toward"):
        check_named(merged[key], names_of(config["networks"]), f"{where}.weights.merged.{key}")
        check_knows_classes(merged[key], config, f"{where}.weights.merged.{key}")
    if merged["network"] == merged["toward"]:
        raise UserError(
            f"configuration, {where}: {merged['toward']} cannot be merged toward itself: give "
            "another network to one of the two"
        )
    _check_images(merged["images"], sets, f"{where}.weights.merged.images")


def _check_images(images: Entry, sets: Sets, where: str) -> None:
    check_named(images["set"], sets, f"{where}.set")
    image_set = sets[images["set"]]
    if not image_set.has_one_of_each_class:
        raise UserError(
            f"configuration, {where}: {images['set']} has no pictures of one class each: give a "
            "set with classes, not one with photos, pairs or frames"
        )
    checked_run(images, sets, where)
    for number in _numbers(images.get("classes", []), image_set, where):
        if (number,) not in image_set.targets:
            raise UserError(
                f"configuration, {where}.classes: {images['set']} has no picture of "
                f"{image_set.names[number]}: add the class to that set, or give one that it has"
            )


def _numbers(classes: Sequence[str | int], image_set: ImageSet, where: str) -> list[int]:
    return sorted({class_index(item, image_set.names, where) for item in classes})


def _origins_first(config: Config, sets: Sets) -> list[str]:
    """Return the names of all networks, each after those that it is made of."""
    needed = {
        entry["name"]: _made_of(entry, sets) if is_merged(entry) else set()
        for entry in config["networks"]
    }
    try:
        return list(TopologicalSorter(needed).static_order())
    except CycleError as error:
        circle = " <- ".join(error.args[1])
        raise UserError(
            f"configuration, networks: a merged network is made of itself: {circle}: give another "
            "network or other images to one of them"
        ) from error


def _made_of(entry: Entry, sets: Sets) -> set[str]:
    merged = entry["weights"]["merged"]
    makers = _makers(merged["images"]["set"], merged["images"]["network"], sets)
    return {merged["network"], merged["toward"], *makers}


def _makers(image_set: str, network: str, sets: Sets) -> set[str]:
    """Return the networks that take part in the pictures of a run."""
    asked = sets[image_set]
    matched = _makers(*asked.matched, sets) if isinstance(asked, Pictures) else set()
    return {network, *asked.template.networks, *matched}


def _completed(entry: Entry, entries: Mapping[str, Entry], sets: Sets) -> Entry:
    merged = entry["weights"]["merged"]
    origin = entries[merged["network"]]
    images = dict(merged["images"])
    if "classes" in images:
        images["classes"] = _numbers(images["classes"], sets[images["set"]], entry["name"])
    own = {key: origin[key] for key in _OF_ORIGIN if key in origin}
    return {**entry, **own, "weights": {"merged": {**merged, "images": images}}}
