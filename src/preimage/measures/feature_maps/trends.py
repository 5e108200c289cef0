"""How what maps look like goes with the depth of their layer, with intervals over maps.

Intervals draw maps anew within each layer: they are of these layers of this network.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from preimage.measures.statistics.intervals import RESAMPLES, SEED, UNKNOWN, Estimate

Array = NDArray[np.float64]
Statistic = Callable[..., Array]
"""Of the depths [..., n] of maps, from 0, and one or two of their measures [..., n]."""

_AT_ONCE = 100  # resamples: all of them are too much memory for the maps of a whole network


def spearman(depth: Array, measure: Array) -> Array:
    """Return Spearman's correlations [...] of [..., n]; NaN where one does not vary."""
    a, b = (rankdata(values, axis=-1) for values in (depth, measure))
    a, b = (ranks - ranks.mean(axis=-1, keepdims=True) for ranks in (a, b))
    with np.errstate(invalid="ignore"):
        return (a * b).sum(axis=-1) / np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))


def later(depth: Array, one: Array, other: Array) -> Array:
    """Return by how much Spearman's correlation of depth and `one` is above that of `other`."""
    return spearman(depth, one) - spearman(depth, other)


def more_than_first(depth: Array, measure: Array) -> Array:
    """Return the mean of maps of later layers less that of the first, of depth 0; NaN without."""
    first = depth == 0
    return _mean(measure, ~first) - _mean(measure, first)


def of_last(depth: Array, measure: Array) -> Array:
    """Return the mean of maps of the deepest layer that has any."""
    return _mean(measure, depth == depth.max(axis=-1, keepdims=True))


def _mean(values: Array, where: NDArray[np.bool_]) -> Array:
    with np.errstate(invalid="ignore"):
        return np.where(where, values, 0).sum(axis=-1) / where.sum(axis=-1)


def estimate(maps: pd.DataFrame, value: Statistic) -> Estimate:
    """Return a statistic of maps with the percentile bootstrap over maps within each layer.

    maps: depth, and the measures in the order that `value` takes them; none of them NaN. UNKNOWN
    where all are of one layer, or a measure does not vary.
    """
    return _estimate(*_drawn(maps, value, SEED))


def difference(maps: pd.DataFrame, others: pd.DataFrame, value: Statistic) -> Estimate:
    """Return a statistic of maps less that of others, both of them drawn anew as in `estimate`.

    UNKNOWN where one of the two is.
    """
    (whole, drawn), (other, of_others) = _drawn(maps, value, SEED), _drawn(others, value, SEED + 1)
    return _estimate(whole - other, drawn - of_others)


def _estimate(whole: float, drawn: Array) -> Estimate:
    if np.isnan(whole):
        return UNKNOWN
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return Estimate(whole, float(low), float(high))


def _drawn(maps: pd.DataFrame, value: Statistic, seed: int) -> tuple[float, Array]:
    """Return a statistic of maps, and of each resample [RESAMPLES]; NaN where it is unknown."""
    ordered = maps.sort_values("depth", kind="stable").to_numpy(np.float64).T
    if maps.depth.nunique() < 2 or np.isnan(whole := float(value(*ordered))):
        return np.nan, np.full(RESAMPLES, np.nan)
    return whole, np.concatenate(
        [value(*ordered[:, places]) for places in _within(ordered[0], seed)]
    )


def _within(depth: Array, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield the places [_AT_ONCE, n] of maps drawn anew within their layers; depths must ascend."""
    random = np.random.default_rng(seed)
    _, first, count = np.unique(depth, return_index=True, return_counts=True)
    start, size = np.repeat(first, count), np.repeat(count, count)
    for _ in range(RESAMPLES // _AT_ONCE):
        yield start + (random.random((_AT_ONCE, len(depth))) * size).astype(np.int64)
