"""What the configuration says of merged networks, checked and filled in. No torch."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from preimage.errors import UserError
from preimage.networks.classes import class_index
from preimage.study.image_sets import check_named
from preimage.study.sources import is_merged, learns_noise
from preimage.study.templates import networks

Config = Mapping[str, Any]
Entry = Mapping[str, Any]

_OF_ORIGIN = ("architecture", "size", "options")


def with_origins(config: Config, names: Sequence[str]) -> list[Entry]:
    """Return the configuration's networks, of merged ones all that plans need to know.

    A merged network has architecture, size and options of the one that it starts from, and the
    numbers of the classes that it learns. Its image set must have passed `check_image_set`. Raises
    UserError for names that nothing bears, pictures that there are not, and circles.
    """
    entries = {entry["name"]: entry for entry in config["networks"]}
    for i, entry in enumerate(config["networks"]):
        if is_merged(entry):
            _check(entry, config, names, f"networks[{i}] ({entry['name']})")
    for name in _origins_first(config):
        if is_merged(entries[name]):
            entries[name] = _completed(entries[name], entries, names)
    return list(entries.values())


def _check(entry: Entry, config: Config, names: Sequence[str], where: str) -> None:
    merged = entry["weights"]["merged"]
    for key in _OF_ORIGIN:
        if key in entry:
            raise UserError(
                f"configuration, {where}: leave out {key}: a merged network has that of the "
                "network it starts from"
            )
    for key in ("network", "toward"):
        check_named(merged[key], config["networks"], f"{where}.weights.merged.{key}")
        _check_knows_classes(merged[key], config, f"{where}.weights.merged.{key}")
    if merged["network"] == merged["toward"]:
        raise UserError(
            f"configuration, {where}: {merged['toward']} cannot be merged toward itself: give "
            "another network to one of the two"
        )
    _check_images(merged["images"], config, names, f"{where}.weights.merged.images")


def _check_knows_classes(name: str, config: Config, where: str) -> None:
    if learns_noise(_named(name, config["networks"])):
        raise UserError(
            f"configuration, {where}: {name} is trained on noise and knows no classes: give a "
            "network that does"
        )


def _check_images(images: Entry, config: Config, names: Sequence[str], where: str) -> None:
    check_named(images["set"], config["image_sets"], f"{where}.set")
    image_set = _named(images["set"], config["image_sets"])
    if "classes" not in image_set or "frames" in image_set:
        raise UserError(
            f"configuration, {where}: {images['set']} has no pictures of one class each: give a "
            "set with classes, not one with photos, pairs or frames"
        )
    makers = [{"name": run["network"]} for run in image_set["runs"]]
    check_named(images["network"], makers, f"{where}: among the runs of {images['set']}, network")
    there = _numbers(image_set["classes"], names, where)
    for number in _numbers(images.get("classes", []), names, where):
        if number not in there:
            raise UserError(
                f"configuration, {where}.classes: {images['set']} has no picture of "
                f"{names[number]}: add the class to that set, or give one that it has"
            )


def _numbers(classes: str | Sequence[str | int], names: Sequence[str], where: str) -> list[int]:
    listed = range(len(names)) if classes == "all" else classes
    return sorted({class_index(item, names, where) for item in listed})


def _origins_first(config: Config) -> list[str]:
    """Return the names of all networks, each after those that it is made of."""
    needed = {
        entry["name"]: _made_of(entry, config) if is_merged(entry) else set()
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


def _made_of(entry: Entry, config: Config) -> set[str]:
    merged = entry["weights"]["merged"]
    makers = _makers(merged["images"], config)
    return {merged["network"], merged["toward"], *makers}


def _makers(run: Entry, config: Config) -> set[str]:
    """Return the networks that take part in the pictures of a run, given by set and network."""
    image_set = _named(run["set"], config["image_sets"])
    matched = _makers(image_set["pictures"], config) if "pictures" in image_set else set()
    return {run["network"], *networks(image_set["objective"]), *matched}


def _completed(entry: Entry, entries: Mapping[str, Entry], names: Sequence[str]) -> Entry:
    merged = entry["weights"]["merged"]
    origin = entries[merged["network"]]
    images = dict(merged["images"])
    if "classes" in images:
        images["classes"] = _numbers(images["classes"], names, entry["name"])
    own = {key: origin[key] for key in _OF_ORIGIN if key in origin}
    return {**entry, **own, "weights": {"merged": {**merged, "images": images}}}


def _named(name: str, entries: Sequence[Entry]) -> Entry:
    return next(entry for entry in entries if entry["name"] == name)
