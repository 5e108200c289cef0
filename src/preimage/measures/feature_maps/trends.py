"""How what layers look like goes with their depth, with layers as the cases."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]


def spearman(depth: Array, measure: Array) -> float:
    """Return Spearman's correlation of [n] and [n]; NaN where one does not vary."""
    a, b = (rankdata(values) for values in (depth, measure))
    a, b = a - a.mean(), b - b.mean()
    with np.errstate(invalid="ignore"):
        return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def centre(depth: Array, measure: Array) -> float:
    """Return the mean depth of a measure [n] that is 0 or more; NaN where it is 0 everywhere."""
    total = measure.sum()
    return float((depth * measure).sum() / total) if total > 0 else np.nan


def pseudovalues(statistic: Callable[..., float], *columns: Array) -> Array:
    """Return the jackknife's pseudo-values [n] (Quenouille 1956, Tukey 1958) of a statistic.

    They are to a statistic of layers what values are to a mean: their mean is the statistic,
    corrected for bias, and Student's interval of them is that of the jackknife. A bootstrap would
    draw layers twice, which have no rank. columns: [n] each, as `statistic` takes them. NaN where
    one is NaN, and everywhere where there are fewer than three others.
    """
    table = np.stack([np.asarray(column, dtype=np.float64) for column in columns])
    there = np.isfinite(table).all(axis=0)
    found = np.full(table.shape[1], np.nan)
    kept = table[:, there]
    n = kept.shape[1]
    if n > 2:
        whole = statistic(*kept)
        without = np.array([statistic(*np.delete(kept, i, axis=1)) for i in range(n)])
        found[there] = n * whole - (n - 1) * without
    return found
