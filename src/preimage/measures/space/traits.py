"""Whether groups of classes differ along an axis (code L1)."""

import numpy as np
from numpy.typing import NDArray

from preimage.measures.statistics.intervals import orders

Array = NDArray[np.float64]


def beats_shuffles(values: Array, groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return of each axis whether its variance between groups is above that of 95 % of shuffles.

    values: [n, axes] of n classes; groups: the number of the group of each class [n], from 0. An
    axis along which all classes are the same has no variance, and beats none.
    """
    belongs = np.eye(groups.max() + 1)[groups]
    sizes = belongs.sum(axis=0)[:, None]
    centred = values - values.mean(axis=0)

    def between(order: NDArray[np.int64] | slice) -> Array:
        sums = belongs.T @ centred[order]
        return (sums**2 / np.maximum(sizes, 1)).sum(axis=0)

    drawn = np.array([between(order) for order in orders(len(values))])
    own = between(slice(None))
    return ((drawn < own).mean(axis=0) > 0.95) & (np.ptp(values, axis=0) > 0)
