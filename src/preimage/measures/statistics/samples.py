"""What a claim is judged by: a value a unit, its mean with a 95 % interval, and how sure it is.

Units are what would be drawn anew if a claim were tested again, such as photos or start seeds; what
lies within one is averaged before. A unit whose descents failed is NaN: it is never left out by its
outcome, but counted for and against (`Sample.with_failed`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isnan, nan, sqrt
from typing import Any, Literal, Protocol

import numpy as np
from scipy import stats
from scipy.special import expit, logit

from preimage.measures.statistics.intervals import SEED, UNKNOWN, Estimate, share, student

Scale = Literal["mean", "ratio", "correlation", "proportion", "share"]
FEW = 20  # from here on a mean has a bootstrap's interval instead of Student's
RESAMPLES = 9999

# Where the mean of a scale is taken, so that Student's interval fits, and the way back.
_TO = {"mean": np.asarray, "ratio": np.log, "correlation": np.arctanh, "proportion": logit}
_BACK = {"mean": np.asarray, "ratio": np.exp, "correlation": np.tanh, "proportion": expit}
_ENDS = {
    "mean": (-np.inf, np.inf),
    "ratio": (1e-30, np.inf),
    "correlation": (-0.999999, 0.999999),
    "proportion": (1e-6, 1 - 1e-6),
}


def moved(values: np.ndarray, scale: Scale) -> np.ndarray:
    """Return values where the mean of their scale is taken, so that Student's interval fits."""
    return _TO[scale](np.clip(values, *_ENDS[scale]))


def back(values: Any, scale: Scale) -> Any:  # noqa: ANN401 - a number or an array
    """Return what `moved` takes."""
    return _BACK[scale](values)


class Statistic(Protocol):
    """What a condition of a claim is judged by: a sample, or what is compared or known."""

    @property
    def n(self) -> int:
        """How many units count."""

    @property
    def failed(self) -> int:
        """How many units have no value."""

    @property
    def estimate(self) -> Estimate:
        """The value and the ends of its interval."""

    def p_above(self, bound: float) -> float:
        """Return the one-sided p value of it above a bound; NaN without one."""

    def with_failed(self, *, high: bool) -> "Statistic":
        """Return the same with the units that failed at the upper or the lower end."""


@dataclass(frozen=True)
class Sample:
    """A value of each unit [n]; NaN where its descents failed.

    scale: of means, ratios (their geometric mean), correlations (by Fisher's z) and proportions (by
    their logits; give (k + 1/2) / (m + 1) for k of m) the interval is Student's if there are fewer
    than 20, else the bootstrap's BCa; of truths, Wilson's.
    families: by unit, of units that are no independent ones, such as breeds: a share's interval is
    then a bootstrap of families, or where all units say the same, Wilson's of as many as families.
    """

    values: np.ndarray
    scale: Scale = "mean"
    families: Sequence[str] | None = None

    @property
    def n(self) -> int:
        """How many units count."""
        return int(np.isfinite(self._all).sum())

    @property
    def failed(self) -> int:
        """How many units have no value."""
        return len(self._all) - self.n

    @property
    def estimate(self) -> Estimate:
        """The mean and the ends of its interval; no ends of a single unit."""
        if not self.n:
            return UNKNOWN
        if self.scale == "share":
            return self._share()
        there = self._moved
        value = float(back(there.mean(), self.scale))
        if self.n == 1:
            return Estimate(value, nan, nan)
        if _alike(there):
            return Estimate(value, value, value)
        low, high = student(there)[1:] if self.n < FEW else self._bootstrap.confidence_interval
        return Estimate(value, float(back(low, self.scale)), float(back(high, self.scale)))

    def p_above(self, bound: float) -> float:
        """Return the one-sided p value of a mean above a bound, by the interval's method."""
        if self.n < 2:
            return nan
        if self.scale == "share" and (self.families is None or _alike(self._there)):
            deviation = sqrt(max(bound * (1 - bound), 1e-12) / self._independent)
            return float(stats.norm.sf((self.estimate.value - bound) / deviation))
        if self.families is not None:
            return _tail(self._of_families.bootstrap_distribution, bound)
        there, bound = self._moved, float(moved(bound, self.scale))
        if _alike(there):
            return 0.0 if there[0] > bound else 1.0
        if self.n < FEW:
            error = there.std(ddof=1) / sqrt(self.n)
            return float(stats.t.sf((there.mean() - bound) / error, self.n - 1))
        return _tail(self._bootstrap.bootstrap_distribution, bound)

    def with_failed(self, *, high: bool) -> "Sample":
        """Return the sample with those that failed at the upper or the lower end of the others."""
        return replace(self, values=at_an_end(self._all, self.scale, high=high))

    @property
    def _all(self) -> np.ndarray:
        return np.asarray(self.values, dtype=np.float64)

    @property
    def _there(self) -> np.ndarray:
        return self._all[np.isfinite(self._all)]

    @property
    def _moved(self) -> np.ndarray:
        return moved(self._there, self.scale)

    @cached_property
    def _bootstrap(self) -> Any:  # noqa: ANN401 - of scipy, which does not show its type
        return stats.bootstrap((self._moved,), np.mean, n_resamples=RESAMPLES, rng=SEED)

    def _share(self) -> Estimate:
        there = self._there
        value = float(there.mean())
        if self.families is not None and not _alike(self._there):
            return Estimate(value, *map(float, self._of_families.confidence_interval))
        count = self._independent
        return Estimate(value, *share(np.arange(count) < round(value * count))[1:])

    @property
    def _independent(self) -> int:
        """How many units count for a share of independent ones: a family for one."""
        if self.families is None:
            return self.n
        return len(np.unique(np.asarray(self.families)[np.isfinite(self._all)]))

    @cached_property
    def _of_families(self) -> Any:  # noqa: ANN401 - of scipy, which does not show its type
        """Resample families, each with its number of truths and of units."""
        names = np.asarray(self.families)[np.isfinite(self._all)]
        kinds = np.unique(names)
        true = np.array([self._there[names == kind].sum() for kind in kinds])
        count = np.array([(names == kind).sum() for kind in kinds])

        def of_both(true: np.ndarray, count: np.ndarray, axis: int = -1) -> np.ndarray:
            return true.sum(axis=axis) / count.sum(axis=axis)

        return stats.bootstrap((true, count), of_both, paired=True, n_resamples=RESAMPLES, rng=SEED)


@dataclass(frozen=True)
class Known:
    """A number without error, such as a count or a rank; or an estimate that is made elsewhere."""

    value: float
    low: float = field(default=nan)
    high: float = field(default=nan)
    n: int = 1

    @property
    def failed(self) -> int:
        """None: it is known."""
        return 0

    @property
    def estimate(self) -> Estimate:
        """The number, as its own interval where no other was given."""
        if isnan(self.low):
            return Estimate(self.value, self.value, self.value)
        return Estimate(self.value, self.low, self.high)

    def p_above(self, bound: float) -> float:
        """Return NaN: what has no error has no p value."""
        return nan

    def with_failed(self, *, high: bool) -> "Known":
        """Return this."""
        return self


def at_an_end(values: np.ndarray, scale: Scale, *, high: bool) -> np.ndarray:
    """Return values with those that are NaN at the upper or the lower end of the others."""
    there = values[np.isfinite(values)]
    if not len(there):
        return values
    end = {"share": float(high)}.get(scale, there.max() if high else there.min())
    return np.where(np.isfinite(values), values, end)


def _alike(values: np.ndarray) -> bool:
    """Return whether values are the same but for rounding, of which no interval can be made."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def _tail(drawn: np.ndarray, bound: float) -> float:
    return float((1 + (drawn <= bound).sum()) / (1 + len(drawn)))
