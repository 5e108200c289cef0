"""How the pictures of a run are shared out among jobs: blocks of items, and their names.

A run is cut no further than it must be: whole, if its pictures are no more than a block may have.
Else it is cut by seed, a seed that is still too much by layer, and neighbours that fit into one
block stay together. A layer that is too much is cut by number (of the class, the map, the photo in
its set), into halves, and halves of these, until each fits. Halves begin at fixed numbers.

A picture more changes the blocks that hold others of its layer and seed; in a layer that is cut by
number, that is the one block that it falls into, which may split. A seed above the others, or a
layer at the end, changes the last block of the run, or of each seed, unless seeds that fitted into
one block do no longer. A seed or layer in front of others moves those behind it.

A block is called by what it begins with: NUMBER.SEED, or NUMBER.LAYER.SEED of sets of many layers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

NAMES = r"[0-9-]+\.([\w.+-]+\.)?[0-9]+"  # what matches the name of every block

Plan = dict[str, Any]


class Item(NamedTuple):
    """A picture of a run: its plan, and numbers that say where it is among others of its layer."""

    plan: Plan
    place: tuple[int, ...]

    @property
    def seed(self) -> int:
        """The seed of its noise and jitter."""
        return self.plan["seed"]

    @property
    def layer(self) -> str:
        """The layer that it asks, or several with + between them."""
        return self.plan["layer"]


Part = tuple[tuple[int, ...], list[Item]]  # the numbers that it begins with


def cut(items: Sequence[Item], most: int, *, by_layer: bool) -> dict[str, list[Plan]]:
    """Return the plans of the items of each block, of `most` items if possible, by its name."""
    blocks = {}
    for start, part in _cut(list(items), most, (attrgetter("seed"), attrgetter("layer"))):
        names = ["-".join(f"{number:03d}" for number in start or (0,))]
        names += [part[0].layer.replace(" ", "")] * by_layer
        blocks[".".join([*names, str(part[0].seed)])] = [item.plan for item in part]
    return blocks


def holding(blocks: Mapping[str, Plan], wanted: Callable[[Plan], bool]) -> list[str]:
    """Return the names of the blocks of a run that hold an item which is wanted."""
    return [name for name, block in blocks.items() if any(map(wanted, block["items"]))]


def _cut(items: list[Item], most: int, keys: Sequence[Callable[[Item], object]]) -> Iterator[Part]:
    if len(items) <= most:
        yield (), items
        return
    if not keys:
        yield from _by_number(items, most)
        return
    together: list[Item] = []
    for part in _groups(items, keys[0]):
        if together and len(together) + len(part) > most:
            yield (), together
            together = []
        if len(part) > most:
            yield from _cut(part, most, keys[1:])
        else:
            together = together + part
    if together:
        yield (), together


def _groups(items: Sequence[Item], key: Callable[[Item], object]) -> list[list[Item]]:
    groups: dict[object, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def _by_number(items: list[Item], most: int, start: tuple[int, ...] = ()) -> Iterator[Part]:
    """Cut by the next of the numbers of a place; leave whole what has no more of them."""
    level = len(start)
    if len(items) <= most or level == len(items[0].place):
        yield start, items
        return
    width = most
    while width <= max(item.place[level] for item in items):
        width *= 2
    yield from _halves(items, most, (*start, 0), width)


def _halves(items: list[Item], most: int, start: tuple[int, ...], width: int) -> Iterator[Part]:
    """Cut items whose number is in a range from the last number of `start`."""
    if not items:
        return
    if len(items) <= most:
        yield start, items
    elif width == 1:
        yield from _by_number(items, most, start)
    else:
        level, middle = len(start) - 1, start[-1] + width // 2
        lower = [item for item in items if item.place[level] < middle]
        upper = [item for item in items if item.place[level] >= middle]
        yield from _halves(lower, most, start, width // 2)
        yield from _halves(upper, most, (*start[:-1], middle), width - width // 2)
