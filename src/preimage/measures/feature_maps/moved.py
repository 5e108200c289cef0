"""How far pictures got from their start: where steps are too small, they show nothing but it.

Seen against what the recipe makes of the start where nothing has a gradient, since a blur changes
a picture of noise as well. It is measured of whole pictures, in which a map is everywhere.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from preimage.blocks import read_image
from preimage.descent.recipe import Recipe
from preimage.measures.features.areas import without_steps
from preimage.status import OK

_LEAST = 1 / 510  # half of a step of 8 bits


def starts(recipe: Recipe, pictures: pd.DataFrame) -> dict[int, NDArray[np.float32]]:
    """Return what a recipe makes of the start of each seed of rows ITEMS; none where it starts
    from a photo.
    """
    if recipe.start.kind == "picture":
        return {}
    return without_steps(recipe, [int(seed) for seed in pictures.seed.unique()], {})


def moved(picture: NDArray[np.floating], start: NDArray[np.floating] | None) -> float:
    """Return the RMS difference of pictures [3, S, S] as seen, in [0, 1]; NaN without a start."""
    if start is None:
        return np.nan
    apart = np.clip(picture, 0, 1) - np.clip(start, 0, 1)
    return float(np.sqrt(np.mean(np.square(apart), dtype=np.float64)))


def is_unmoved(far: float) -> bool:
    """Say whether what `moved` returned is less than can be seen."""
    return far < _LEAST


def live_pixels(pictures: pd.DataFrame, recipe: Recipe) -> list[NDArray[np.float32] | None]:
    """Return the pictures [3, S, S] of rows of `read_pictures`; None for those that show nothing.

    These are of another status than ok, or unmoved.
    """
    before = starts(recipe, pictures)
    found = zip(pictures.file, pictures.row, pictures.status, pictures.seed, strict=True)
    return [
        None if status != OK else _live(read_image(file, row), before.get(seed))
        for file, row, status, seed in found
    ]


def _live(
    picture: NDArray[np.float32], start: NDArray[np.float32] | None
) -> NDArray[np.float32] | None:
    return None if is_unmoved(moved(picture, start)) else picture
