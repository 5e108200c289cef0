"""What a claim is judged by where that is no mean of units: how two values of each go together, how
two kinds of units differ, and how far a statistic is beyond what shuffles give.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan, sqrt

import numpy as np
from scipy import stats

from preimage.measures.statistics.intervals import UNKNOWN, Estimate, Z
from preimage.measures.statistics.samples import Scale, at_an_end, back, moved

_FEWEST = 4  # units from which on a correlation has an interval
_MOST = 0.999999  # of a correlation, so that there is a z
_OUTSIDE = 0.025  # of shuffles, on either side


@dataclass(frozen=True)
class Correlation:
    """A correlation with the interval and the test of Fisher's z.

    error: the standard error of z; NaN where there is no interval. n: units that count, and how
    many failed.
    """

    value: float
    error: float
    n: int
    failed: int = 0

    @property
    def estimate(self) -> Estimate:
        """The correlation and the ends of its interval."""
        half = Z * self.error
        return Estimate(self.value, *map(float, np.tanh(self._z + np.array([-half, half]))))

    def p_above(self, bound: float) -> float:
        """Return the one-sided p value of a correlation above a bound."""
        return float(stats.norm.sf((self._z - np.arctanh(bound)) / self.error))

    def with_failed(self, *, high: bool) -> "Correlation":
        """Return the same with those that failed wholly in step with the others, or against it."""
        n = self.n + self.failed
        value = (self.n * self.value + (1 if high else -1) * self.failed) / max(n, 1)
        return replace(self, value=value, n=n, failed=0)

    @property
    def _z(self) -> float:
        return float(np.arctanh(np.clip(self.value, -_MOST, _MOST)))


def pearson(a: np.ndarray, b: np.ndarray) -> Correlation:
    """Return the correlation of points [n, d] with others, about both means, all axes together.

    A point with NaN failed. The interval takes points as the units (Fisher 1921).
    """
    there = np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
    a, b = (values[there] - values[there].mean(axis=0) for values in (a, b))
    n, failed = len(a), int((~there).sum())
    spread = sqrt((a * a).sum() * (b * b).sum())
    if n < _FEWEST or not spread > 0:
        return Correlation(nan, nan, n, failed)
    return Correlation(float((a * b).sum() / spread), 1 / sqrt(n - 3), n, failed)


def spearman(a: np.ndarray, b: np.ndarray) -> Correlation:
    """Return the rank correlation of values [n]; of NaN, one failed.

    The error is that of Bonett and Wright 2000.
    """
    there = np.isfinite(a) & np.isfinite(b)
    a, b = a[there], b[there]
    n, failed = len(a), int((~there).sum())
    if n < _FEWEST or np.ptp(a) == 0 or np.ptp(b) == 0:
        return Correlation(nan, nan, n, failed)
    rho = float(stats.spearmanr(a, b).statistic)
    return Correlation(rho, sqrt((1 + rho**2 / 2) / (n - 3)), n, failed)


@dataclass(frozen=True)
class Difference:
    """The mean of one kind of units [n] less that of another [m], by Welch; NaN of what failed.

    scale: of ratios it is the ratio of their geometric means.
    """

    one: np.ndarray
    other: np.ndarray
    scale: Scale = "mean"

    @property
    def n(self) -> int:
        """How many units count: of the kind that has fewer."""
        return min(map(len, self._there))

    @property
    def failed(self) -> int:
        """How many units of both have no value."""
        return sum(int((~np.isfinite(values)).sum()) for values in self._both)

    @property
    def estimate(self) -> Estimate:
        """The difference and the ends of its interval; UNKNOWN of a single unit."""
        if self.n < 2:
            return UNKNOWN
        middle, error, free = self._welch
        half = stats.t.ppf(0.975, free) * error if error else 0.0
        return Estimate(*(float(back(middle + x, self.scale)) for x in (0, -half, half)))

    def p_above(self, bound: float) -> float:
        """Return the one-sided p value of a difference above a bound."""
        if self.n < 2:
            return nan
        middle, error, free = self._welch
        away = middle - float(moved(np.asarray(bound), self.scale))
        return float(stats.t.sf(away / error, free)) if error else float(away <= 0)

    def with_failed(self, *, high: bool) -> "Difference":
        """Return the same with those that failed at the ends of the others, far apart or near."""
        one, other = self._both
        ends = (at_an_end(one, self.scale, high=high), at_an_end(other, self.scale, high=not high))
        return Difference(*ends, self.scale)

    @property
    def _both(self) -> list[np.ndarray]:
        return [np.asarray(values, dtype=np.float64) for values in (self.one, self.other)]

    @property
    def _there(self) -> list[np.ndarray]:
        return [moved(values[np.isfinite(values)], self.scale) for values in self._both]

    @property
    def _welch(self) -> tuple[float, float, float]:
        """The difference where its scale's mean is taken, its error, and the degrees of freedom."""
        one, other = self._there
        parts = np.array([values.var(ddof=1) / len(values) for values in (one, other)])
        freedom = np.array([len(one) - 1, len(other) - 1])
        free = parts.sum() ** 2 / (parts**2 / freedom).sum() if parts.sum() > 0 else nan
        return float(one.mean() - other.mean()), sqrt(parts.sum()), float(free)


@dataclass(frozen=True)
class Excess:
    """By how much a statistic of n units is above the mean of shuffles: a permutation test.

    drawn: what shuffles give [k]; shares: how often each, all alike without. The
    interval is above 0 where at most 2.5 % of shuffles give so much or more, and below where at
    most 2.5 % give so little or less. Where all shuffles give the same, it is known.
    """

    value: float
    drawn: Sequence[float] | np.ndarray
    n: int
    shares: np.ndarray | None = None
    failed: int = 0

    @property
    def estimate(self) -> Estimate:
        """The excess, and the ends of its interval."""
        if np.isnan(self.value):
            return UNKNOWN
        excess = round(self.value - float(self._drawn @ self._shares), 12)
        possible = self._drawn[self._shares > 0]
        if np.ptp(possible) == 0:
            return Estimate(excess, excess, excess)
        low, high = (round(self.value - end, 12) for end in reversed(self._range))
        return Estimate(excess, low, high or np.finfo(float).tiny)  # the least is within, too

    def p_above(self, bound: float) -> float:
        """Return the share of shuffles that give as much, less a bound, or more."""
        if np.isnan(self.value):
            return nan
        as_much = self._drawn + bound >= self.value - 1e-12
        return float(self._shares[as_much].sum().clip(0, 1))

    def with_failed(self, *, high: bool) -> "Excess":
        """Return the same where units that failed are all for the claim, or all against it."""
        n = self.n + self.failed
        value = (self.n * self.value + self.failed * high) / max(n, 1)
        return replace(self, value=value, n=n, failed=0)

    @property
    def _drawn(self) -> np.ndarray:
        return np.asarray(self.drawn, dtype=np.float64)

    @property
    def _shares(self) -> np.ndarray:
        even = np.full(len(self.drawn), 1 / len(self.drawn))
        return even if self.shares is None else np.asarray(self.shares)

    @property
    def _range(self) -> tuple[float, float]:
        """The least and the most that more than 2.5 % of shuffles reach, each from its side."""
        order = np.argsort(self._drawn)
        values, below = self._drawn[order], np.cumsum(self._shares[order])
        least = values[np.flatnonzero(below > _OUTSIDE)[0]]
        above = np.cumsum(self._shares[order][::-1])
        most = values[::-1][np.flatnonzero(above > _OUTSIDE)[0]]
        return float(least), float(most)
