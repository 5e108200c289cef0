"""Showing the pictures of maps, and the same with scrambled phases, to networks."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from preimage.batches import AUTO, Batch
from preimage.blocks import read_image
from preimage.measures.feature_maps.objectness import objectness, together
from preimage.measures.images.crops import count_labels
from preimage.measures.images.judging import judge
from preimage.measures.images.scrambling import scrambled
from preimage.networks.network import Network

_PICTURE = ["set", "network", "item", "seed"]
_FEW = 32  # pictures in memory


def asked(
    pictures: pd.DataFrame,
    witnesses: Sequence[Network],
    *,
    batch: Batch,
    device: torch.device,
    tell: Callable[[int], object],
) -> Iterator[pd.DataFrame]:
    """Yield rows PICTURED_OBJECTS of rows of `read_pictures`, a few of them at a time.

    No more are in memory. tell: is called with the number of pictures that a network has seen.
    """

    def say(shown: Tensor) -> list[np.ndarray]:
        return [
            judge(one.model, shown, one.size, batch=batch, device=device, tell=tell)
            for one in witnesses
        ]

    names = ", ".join(witness.name for witness in witnesses)
    few = _FEW if batch == AUTO else batch
    for start in range(0, len(pictures), few):
        some = pictures.iloc[start : start + few]
        images = _images(some)
        found = objectness(say(images), say(scrambled(images, _keys(some))))
        found = found.assign(labels=count_labels(lambda parts: together(say(parts)), images))
        yield some[_PICTURE].reset_index(drop=True).assign(witnesses=names).join(found)


def _images(pictures: pd.DataFrame) -> Tensor:
    places = zip(pictures.file, pictures.row, strict=True)
    return torch.from_numpy(np.stack([read_image(file, row) for file, row in places]))


def _keys(pictures: pd.DataFrame) -> list[str]:
    """Return what decides the phases of each picture."""
    asked_for = zip(pictures.objective, pictures.seed, strict=True)
    return [f"{objective} {seed}" for objective, seed in asked_for]
