"""Confidence intervals of 95 %, and what chance alone gives."""

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

Z = 1.959963984540054  # 97.5 % of a normal distribution lie below
SEED = 999
RESAMPLES = 2000


class Estimate(NamedTuple):
    """A value and the ends of its 95 % interval; NaN where nothing was counted."""

    value: float
    low: float
    high: float

    def columns(self, name: str) -> dict[str, float]:
        """Return the cells of the columns that `preimage.tables.columns.interval` declares."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}


UNKNOWN = Estimate(np.nan, np.nan, np.nan)


class Chance(NamedTuple):
    """Mean and 95 % range of a statistic over shuffles, and how rare the observed one is."""

    mean: float
    low: float
    high: float
    p_value: float

    def columns(self) -> dict[str, float]:
        """Return the cells of the columns baseline, baseline_low, baseline_high and p_value."""
        ends = {"baseline": self.mean, "baseline_low": self.low, "baseline_high": self.high}
        return ends | {"p_value": self.p_value}


def share(truths: np.ndarray) -> Estimate:
    """Return the share of true values [n] with Wilson's score interval (Wilson 1927)."""
    n = len(truths)
    if not n:
        return UNKNOWN
    p = float(np.mean(truths))
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return Estimate(p, max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half)))


def mean(values: np.ndarray) -> Estimate:
    """Return the mean of `values` [n] with the percentile bootstrap interval over items."""
    values = np.asarray(values, dtype=np.float64)
    if not len(values):
        return UNKNOWN
    low, high = np.percentile(draws(len(values)) @ values / len(values), (2.5, 97.5))
    return Estimate(float(values.mean()), float(low), float(high))


def student(values: np.ndarray) -> Estimate:
    """Return the mean of `values` [n] with Student's interval; NaN ends of a single value.

    For the few photos of a study, of which a bootstrap would make intervals that are too short.
    """
    values = np.asarray(values, dtype=np.float64)
    if not len(values):
        return UNKNOWN
    middle = float(values.mean())
    if len(values) == 1:
        return Estimate(middle, np.nan, np.nan)
    error = values.std(ddof=1) / sqrt(len(values))
    half = float(stdtrit(len(values) - 1, 0.975) * error)
    return Estimate(middle, middle - half, middle + half)


def geometric_mean(values: np.ndarray) -> Estimate:
    """Return the geometric mean of `values` [n] with Student's interval of their logarithms."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a distance of 0 has a mean of 0
        return Estimate(*np.exp(student(np.log(values))).tolist())


def draws(n: int) -> np.ndarray:
    """Return how often each of `n` items is in each resample: [RESAMPLES, n], always the same."""
    return np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), RESAMPLES).astype(float)


def jackknife(
    statistic: Callable[[np.ndarray], np.ndarray | float], n: int, groups: int = 20
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a statistic of `n` items and the ends of its interval, from leaving some items out.

    `statistic` takes the numbers of the items that count. Every item is once among those left out:
    each time every 20th, so that items that stand side by side and may be alike are left out apart.
    For statistics of pairs of items, of which a bootstrap draws pairs of an item with itself: that
    makes a covariance or a similarity look stronger than it is. NaN ends below three items.
    """
    items, groups = np.arange(n), min(n, groups)
    value = np.asarray(statistic(items), dtype=np.float64)
    if n < 3:
        return value, np.full_like(value, np.nan), np.full_like(value, np.nan)
    left = np.array([statistic(items[items % groups != g]) for g in range(groups)])
    error = np.sqrt((groups - 1) / groups * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    half = stdtrit(groups - 1, 0.975) * error
    return value, value - half, value + half


def correlation(a: np.ndarray, b: np.ndarray) -> Estimate:
    """Return Pearson's correlation of two distance matrices [n, n] over pairs of items.

    The interval is a percentile bootstrap over items, not pairs: pairs that share an item are not
    independent. Pairs of an item with itself never count, however often it is drawn, nor pairs
    whose distance is NaN. UNKNOWN with fewer than four items, or where a matrix is constant.
    """
    n = len(a)
    if n < 4:
        return UNKNOWN
    apart = ~np.eye(n, dtype=bool) & np.isfinite(a) & np.isfinite(b)
    a, b = (np.where(apart, (m - m[apart].mean()), 0.0) for m in (a, b))
    whole = _correlations(np.ones((1, n)), a, b, apart)[0]
    if np.isnan(whole):
        return UNKNOWN
    low, high = np.nanpercentile(_correlations(draws(n), a, b, apart), (2.5, 97.5))
    return Estimate(float(whole), float(low), float(high))


def _correlations(
    counts: np.ndarray, a: np.ndarray, b: np.ndarray, apart: np.ndarray
) -> np.ndarray:
    """Return the correlation in each resample, of pairs weighted by the product of `counts`."""

    def total(matrix: np.ndarray) -> np.ndarray:
        return np.einsum("ri,ri->r", counts @ matrix, counts)

    weight = total(apart.astype(float))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_a, mean_b = total(a) / weight, total(b) / weight
        spread = (total(a * a) / weight - mean_a**2) * (total(b * b) / weight - mean_b**2)
        # What rounding leaves of a constant is no spread.
        floor = 1e-20 * (total(a * a) * total(b * b) / weight**2)
        together = total(a * b) / weight - mean_a * mean_b
        return np.where(spread > floor, together / np.sqrt(np.abs(spread)), np.nan).clip(-1, 1)


def shuffled(scores: np.ndarray) -> Chance:
    """Return what the mean of the diagonal of `scores` [n, n] is when pairing is by chance.

    scores[i, j] is the score of item i with the result of item j; n > 0. RESAMPLES permutations of
    the results give mean and 95 % range; p_value is two-sided, the share of them (the observed
    pairing included) that is at least as far from their mean.
    """
    n = len(scores)
    drawn = scores[np.arange(n), orders(n)].mean(axis=1)
    return chance(drawn, float(np.trace(scores) / n))


def orders(n: int) -> np.ndarray:
    """Return permutations of `n` items, always the same: [RESAMPLES, n]."""
    return np.random.default_rng(SEED).permuted(np.tile(np.arange(n), (RESAMPLES, 1)), axis=1)


def chance(drawn: np.ndarray, observed: float) -> Chance:
    """Return mean and 95 % range of what shuffles gave, and the two-sided p value of `observed`.

    All are NaN where one of the values is.
    """
    if np.isnan(observed) or np.isnan(drawn).any():
        return Chance(*UNKNOWN, np.nan)
    expected = float(drawn.mean())
    low, high = np.percentile(drawn, (2.5, 97.5))
    further = np.abs(drawn - expected) >= abs(observed - expected) - 1e-12
    return Chance(expected, float(low), float(high), float((1 + further.sum()) / (1 + len(drawn))))
