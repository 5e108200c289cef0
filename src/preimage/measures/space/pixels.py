"""Which pictures of classes have the nearest pixels (code L1)."""

import numpy as np
from numpy.typing import NDArray


def nearest(pixels: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return of each of n pictures [n, d] the nearest other one, and the root of the mean squared
    difference from it. n > 1.
    """
    found = np.asarray(pixels, dtype=np.float64)
    squares = (found * found).sum(axis=1)
    apart = squares[:, None] + squares - 2 * found @ found.T  # as |a - b|^2, without n * n * d
    np.fill_diagonal(apart, np.inf)
    place = apart.argmin(axis=1)
    least = np.maximum(apart[np.arange(len(found)), place], 0)
    return place, np.sqrt(least / found.shape[1])
