"""How alike pictures of one feature are that start from different seeds (code M3)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from preimage.measures.feature_maps.likeness import log_spectrum
from preimage.measures.features.areas import centroid, squared

Array = NDArray[np.float64]


def pattern(picture: NDArray[np.float32], start: NDArray[np.float32]) -> Array | None:
    """Return the logarithm of the spectrum of what changed a start, both [3, S, S].

    Around the centroid of the change, half as wide and high as the picture: a neuron may be at its
    border. None where nothing changed.
    """
    square = squared(picture, start)
    if not square.sum() > 0:
        return None
    side = picture.shape[-1] // 2
    change = np.pad(picture - start, ((0, 0), (side, side), (side, side)))
    row, column = (int(at) + side - side // 2 for at in centroid(square))
    return log_spectrum(change[:, row : row + side, column : column + side])


def alike(patterns: Sequence[Array | None], targets: Sequence[str]) -> Array:
    """Return the mean correlation [n] of each of n patterns with the others of its target.

    Each less the mean of all: what all share, as that there is more of low frequencies, says
    nothing. NaN of None, and without another of the target.
    """
    there = [pattern for pattern in patterns if pattern is not None]
    middle = np.mean(there, axis=0) if there else 0.0
    found = np.full(len(patterns), np.nan)
    for target in set(targets):
        own = [i for i, p in enumerate(patterns) if targets[i] == target and p is not None]
        if len(own) > 1:
            with np.errstate(invalid="ignore", divide="ignore"):
                together = np.corrcoef([patterns[i] - middle for i in own])
            found[own] = (together.sum(axis=1) - 1) / (len(own) - 1)
    return found
