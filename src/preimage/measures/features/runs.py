"""The pictures of a run of features, one by one: rows of AREAS and of READING_ORDER."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from preimage.blocks import read_image
from preimage.descent.layers import Extractor
from preimage.descent.recipe import Recipe
from preimage.measures.features.areas import about, addressed, area, changes, without_steps
from preimage.measures.features.fields import Reaches
from preimage.measures.features.reading import newest
from preimage.measures.features.seeds import alike, pattern
from preimage.photos import open_photo
from preimage.plans import Plan
from preimage.progress import progress
from preimage.status import FAILED, OK

Item = Mapping[str, Any]
Row = dict[str, Any]

_OF_ITEM = ("code", "set", "network", "layer", "target", "recipe", "recipe_digest", "seed")


class FeatureRun(Plan):
    """An image set, the network that made it, the recipe, and the photos that this starts from."""

    set: str
    network: str
    recipe: dict[str, Any]
    photos: dict[str, dict[str, str]]

    @property
    def read_recipe(self) -> Recipe:
        """The recipe, checked."""
        return Recipe.read(self.recipe, f"{self.set} of {self.network}, recipe")


def areas(
    run: FeatureRun, pictures: pd.DataFrame, model: nn.Module, device: torch.device
) -> list[Row]:
    """Return rows AREAS of the pictures of a run, rows of `read_pictures`.

    Several may have the same seed. The start that a picture is compared with is resized and
    blurred as often as the picture.
    """
    recipe = run.read_recipe
    photos = {name: open_photo(photo) for name, photo in run.photos.items()}
    starts = without_steps(recipe, pictures.seed.tolist(), photos)
    rows, patterns = [], []
    for some, found in _by_layer(pictures, model, recipe, device):
        for item in progress(some.to_dict("records"), _title(run, some), unit="picture"):
            start = starts[item["seed"]]
            rows.append(_area(item, start, found))
            patterns.append(_pattern(item, start))
    likeness = alike(patterns, [row["target"] for row in rows])
    return [row | {"alike": of_one} for row, of_one in zip(rows, likeness, strict=True)]


def reading_order(
    run: FeatureRun, pictures: pd.DataFrame, model: nn.Module, device: torch.device
) -> Iterator[Row]:
    """Yield rows READING_ORDER of the frames of a run, which have a neuron more each."""
    recipe = run.read_recipe
    made = {
        "normalised": recipe.normalised,
        "smooth": recipe.smooth > 0,
        "absolute": recipe.loss.absolute,
    }
    for some, found in _by_layer(pictures, model, recipe, device):
        for pair in progress(list(_pairs(some)), _title(run, some), unit="frame"):
            yield made | _change(*pair, found)


def _by_layer(
    pictures: pd.DataFrame, model: nn.Module, recipe: Recipe, device: torch.device
) -> Iterator[tuple[pd.DataFrame, Reaches]]:
    """Yield the pictures of each layer or sum of layers, and what finds what reaches it."""
    for layers, some in pictures.groupby("layer", sort=False):
        yield some, Reaches(Extractor(model, layers.split(" + "), device=device), recipe)


def _title(run: FeatureRun, some: pd.DataFrame) -> str:
    return f"measure {run.set} of {run.network}: {some.layer.iloc[0]}"


def _area(item: Item, start: NDArray[np.float32], found: Reaches) -> Row:
    terms = addressed(item["objective"], item["network"])
    cells = _address(item) | {"size": item["size"], "status": item["status"]}
    cells |= about(terms, found)
    if item["status"] != OK:
        return cells
    picture, reaches = read_image(item["file"], item["row"]), found(terms)
    if "column" in cells:
        cells["ratio_disc"] = changes(picture, start, reaches)["ratio_disc"]
    return cells | area(picture, start, reaches)


def _pattern(item: Item, start: NDArray[np.float32]) -> NDArray[np.float64] | None:
    if item["status"] in FAILED:
        return None
    return pattern(read_image(item["file"], item["row"]), start)


def _pairs(frames: pd.DataFrame) -> Iterator[Sequence[Item]]:
    """Yield each frame but the first of a map, with the frame before it."""
    for _, some in frames.sort_values("frame").groupby(["target", "seed"], sort=False):
        yield from pairwise(some.to_dict("records"))


def _change(before: Item, item: Item, found: Reaches) -> Row:
    neuron = newest(item["objective"])
    cells = _address(item) | {"frame": item["frame"]} | about([neuron], found)
    failed = [one["status"] for one in (before, item) if one["status"] != OK]
    if failed:
        return cells | {"status": failed[0]}
    pixels = (read_image(one["file"], one["row"]) for one in (item, before))
    return cells | {"status": OK} | changes(*pixels, found([neuron]))


def _address(item: Item) -> Row:
    return {key: item[key] for key in _OF_ITEM}
