"""How many things a picture shows: what a network takes its parts for (codes I1 and N4)."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

SIDE = 3  # parts along a side: with those in the middle nine, each half as wide as the picture


def crops(images: Tensor) -> Tensor:
    """Return the parts [n * 9, 3, H/2, W/2] of pictures [n, 3, H, W], row by row of each."""
    height, width = (length // 2 for length in images.shape[-2:])
    tops, lefts = (
        torch.linspace(0, length - part, SIDE).round().int().tolist()
        for length, part in zip(images.shape[-2:], (height, width), strict=True)
    )
    parts = [images[..., y : y + height, x : x + width] for y in tops for x in lefts]
    return torch.stack(parts, dim=1).flatten(0, 1)


def count_labels(say: Callable[[Tensor], np.ndarray], images: Tensor) -> np.ndarray:
    """Return how many different classes the nine parts of each picture are taken for [n], 1 .. 9.

    say: gives the logits, or the like, [m, C] of pictures [m, ...]. NaN where they are not finite.
    """
    said = np.asarray(say(crops(images)))
    labels = said.argmax(axis=-1).reshape(len(images), SIDE**2)
    count = np.array([len(np.unique(row)) for row in labels], dtype=np.float64)
    finite = np.isfinite(said).all(axis=-1).reshape(labels.shape).all(axis=1)
    return np.where(finite, count, np.nan)
