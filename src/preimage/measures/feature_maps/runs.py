"""The pictures of maps of layers, one by one: rows of FEATURE_MAPS and of FEATURE_STARTS."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from preimage.blocks import read_image
from preimage.descent.recipe import Recipe
from preimage.errors import UserError
from preimage.measures.feature_maps.appearance import appearance
from preimage.measures.feature_maps.moved import is_unmoved, moved, starts
from preimage.plans import Plan
from preimage.progress import progress
from preimage.status import OK
from preimage.tables.feature_maps import UNMOVED

Picture = NDArray[np.float32]
Row = dict[str, Any]

_ADDRESS = re.compile(r"(?P<layer>.+)\[(?:feature=)?(?P<map>\d+)\]")
_OF_ITEM = ("code", "set", "network", "layer", "item", "seed", "size")


class MapRun(Plan):
    """A run of maps: its layers in the order of their depth, and the recipe of its pictures."""

    set: str
    network: str
    code: str
    layers: list[str]
    recipe: dict[str, Any]

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.set} of {self.network}"

    def before(self, pictures: pd.DataFrame) -> dict[int, Picture]:
        """Return by seed what the recipe makes of the start of rows of `read_pictures`."""
        return starts(Recipe.read(self.recipe, f"{self.name}, recipe"), pictures)


def maps(run: MapRun, pictures: pd.DataFrame, before: Mapping[int, Picture]) -> list[Row]:
    """Return rows FEATURE_MAPS of the pictures of a run, rows of `read_pictures`, by depth.

    A picture of another status than ok has no measures. One that no gradient moved so far from its
    start that it could be seen is unmoved: of those there is no more than how far that was.
    """
    items = progress(pictures.to_dict("records"), f"measure {run.name}", unit="picture")
    rows = [_about(item, run) | _measures(item, before.get(item["seed"])) for item in items]
    return sorted(rows, key=lambda row: (row["depth"], row["map"], row["seed"]))


def first_start(run: MapRun, before: Mapping[int, Picture]) -> Iterator[Row]:
    """Yield the row FEATURE_STARTS of the first seed's start, or none where that is a photo."""
    for seed, image in list(before.items())[:1]:
        about = {"code": run.code, "set": run.set, "network": run.network, "seed": seed}
        yield about | {"size": image.shape[-1]} | appearance(image)


def _about(item: Mapping[str, Any], run: MapRun) -> Row:
    cells = {key: item[key] for key in _OF_ITEM}
    return cells | {"map": _number(item["item"], run), "depth": _depth(item["layer"], run)}


def _number(item: str, run: MapRun) -> int:
    if not (found := _ADDRESS.fullmatch(item)):
        raise UserError(f"{run.name}: {item!r} is the picture of no map, such as layer3[5]")
    return int(found["map"])


def _depth(layer: str, run: MapRun) -> int:
    if layer not in run.layers:
        raise UserError(f"{run.name}: the pictures are of {layer}, which is none of its layers")
    return run.layers.index(layer)


def _measures(item: Mapping[str, Any], start: Picture | None) -> Row:
    """Return status, what a picture looks like, and how far it is from its start."""
    if item["status"] != OK:
        return {"status": item["status"]}
    picture = read_image(item["file"], item["row"])
    far = moved(picture, start)
    if is_unmoved(far):
        return {"status": UNMOVED, "moved": far}
    return {"status": OK, "moved": far} | appearance(picture)
