"""Groups of classes: dogs, birds, or in the demo world all that is red. No torch.

Those of ImageNet follow WordNet, which has hyenas among the canids. They leave out what is no
animal, plant or landscape and does not clearly belong to a few kinds of things. Terriers are the
only ones that are in two groups.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from preimage.errors import UserError
from preimage.networks.classes import class_index, class_names
from preimage.networks.world import World

IMAGENET = Path(__file__).with_name("imagenet_groups.csv")
BREEDS = Path(__file__).with_name("imagenet_breeds.csv")

Groups = dict[str, list[int]]  # the classes of each group, ascending, by its name
Given = str | Mapping[str, Sequence[str | int | Sequence[str | int]]]


def default_groups(classes: object) -> Given:
    """Return what the key `groups` is, where it is left out, for the configuration's `classes`."""
    return classes if classes in ("imagenet", "demo") else {}


def read_groups(groups: Given, names: Sequence[str]) -> Groups:
    """Return the classes of each group for the configuration's `groups`; `names` are the classes.

    ``imagenet``, ``demo`` (each value of a factor of the demo world), or by name of group a list of
    classes and of ranges, [first, last] with both their ends. Raises UserError for a class that is
    not there, a range without a class, or a word that does not fit the classes.
    """
    if isinstance(groups, Mapping):
        return {group: _members(given, names, f"groups.{group}") for group, given in groups.items()}
    if list(names) != class_names(groups):
        raise UserError(
            f"configuration, groups: {groups} is for classes: {groups}, and those of the study are "
            "others: give {NAME: [class, [first, last], ...], ...}, or leave groups out"
        )
    return _imagenet() if groups == "imagenet" else _demo(World())


def _members(
    given: Sequence[str | int | Sequence[str | int]], names: Sequence[str], where: str
) -> list[int]:
    return sorted({c for item in given for c in _classes(item, names, where)})


def _classes(
    item: str | int | Sequence[str | int], names: Sequence[str], where: str
) -> Iterator[int]:
    if isinstance(item, str | int):
        yield class_index(item, names, where)
        return
    first, last = (class_index(end, names, where) for end in item)
    if first > last:
        raise UserError(
            f"configuration, {where}: the range {list(item)} holds no class, for it begins with "
            f"class {first} and ends with class {last}"
        )
    yield from range(first, last + 1)


def families_of_breeds() -> Groups:
    """Return the dogs of ImageNet by the kinds of dogs that WordNet has them in.

    Breeds of one kind look alike, and are no independent cases. One that is of none stands alone.
    """
    return _read(BREEDS, "family")


def _imagenet() -> Groups:
    return _read(IMAGENET, "group")


def _read(path: Path, column: str) -> Groups:
    found: Groups = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(row[column], []).extend(range(int(row["first"]), int(row["last"]) + 1))
    return found


def _demo(world: World) -> Groups:
    """Return a group for each shape, then for each colour, then for each texture."""
    factors = [world.factors(i) for i in range(len(world.classes))]
    return {
        value: [i for i, found in enumerate(factors) if found[factor] == value]
        for factor, values in (
            ("shape", world.shapes),
            ("colour", world.colours),
            ("texture", world.textures),
        )
        for value in values
    }
