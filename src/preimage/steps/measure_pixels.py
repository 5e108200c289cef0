"""Pixels of class images: which class is nearest to each (L1)."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from preimage.blocks import of, read_image
from preimage.measures.space.pixels import nearest
from preimage.photos import squash
from preimage.plans import Plan
from preimage.status import OK
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.space import PIXEL_NEIGHBOURS

_SIDE = 64  # px: finer details than that are nowhere the same


class ClassImages(Plan):
    """The runs of class images: runs: [[class_images, googlenet]]."""

    runs: list[tuple[str, str]]


@step(pixel_neighbours=PIXEL_NEIGHBOURS)
def measure_pixels(plan: ClassImages, pictures: Pictures) -> pd.DataFrame:
    """Find the class image whose pixels are nearest to those of each, from the same seed."""
    parts = [pd.DataFrame(columns=PIXEL_NEIGHBOURS.names)]
    for run in plan.runs:
        own = of(pictures, *run)
        parts += list(_by_seed(own[own.status == OK]))
    return pd.concat(parts[1:] or parts)


def _by_seed(pictures: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for _, some in pictures.groupby("seed"):
        if len(some) > 1:
            shown = [_small(file, row) for file, row in zip(some.file, some.row, strict=True)]
            place, apart = nearest(np.stack(shown))
            about = some[["set", "network", "seed"]].reset_index(drop=True)
            classes = some.class_a.to_numpy(int)
            cells = {"class": classes, "name": some.target.to_numpy()}
            yield about.assign(**cells, pixel_neighbour=classes[place], distance=apart)


def _small(file: str, row: int) -> np.ndarray:
    image = torch.from_numpy(read_image(file, row)).float()
    side = min(_SIDE, image.shape[-1])
    return squash(image.clamp(0, 1)[None], side).numpy().ravel()
