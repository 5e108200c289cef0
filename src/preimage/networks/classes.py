"""The classes that a study is about: their names, their order, and how to refer to them."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from preimage.errors import UserError, near_matches
from preimage.networks.world import World

IMAGENET = Path(__file__).with_name("imagenet.csv")  # the names are torchvision's


def class_names(classes: str | Sequence[str] | Mapping[str, str]) -> list[str]:
    """Return the names for the configuration's `classes`, in the order of a network's outputs.

    ``imagenet``, ``demo`` (the demo world), ``{file: names.txt}`` with one name a line, or a list.
    Raises UserError for a file that cannot be read, fewer than two names, or a name given twice.
    """
    if classes == "imagenet":
        return list(_imagenet())
    if classes == "demo":
        return World().classes
    names = _lines(Path(classes["file"])) if isinstance(classes, Mapping) else list(classes)
    if len(names) < 2:
        raise UserError(f"configuration, classes: {len(names)} names in {classes}, give 2 or more")
    for name, count in Counter(names).items():
        if count > 1:
            raise UserError(f"configuration, classes: the name {name!r} is there {count} times")
    return names


def class_index(item: str | int, names: Sequence[str], where: str) -> int:
    """Return the index of a class given by index or by name. `where` is for the error message."""
    if isinstance(item, int):
        if not 0 <= item < len(names):
            raise UserError(
                f"configuration, {where}: there is no class {item}, only 0 to {len(names) - 1}"
            )
        return item
    found = [i for i, name in enumerate(names) if name == item]
    found = found or [i for i, name in enumerate(names) if name.lower() == item.lower()]
    if not found:
        near = near_matches(item.lower(), [name.lower() for name in names])
        raise UserError(f"configuration, {where}: there is no class {item!r}{near}")
    if len(found) > 1:
        these = " or ".join(map(str, found))
        raise UserError(
            f"configuration, {where}: {len(found)} classes are called {item!r}: give {these}"
        )
    return found[0]


@cache
def _imagenet() -> tuple[str, ...]:
    with IMAGENET.open(newline="", encoding="utf-8") as file:
        return tuple(row["name"] for row in csv.DictReader(file))


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # with a mark, or without
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"configuration, classes.file: {path} cannot be read: {error}") from error
    return [line.strip() for line in lines if line.strip()]
