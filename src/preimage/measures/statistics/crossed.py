"""A mean over photos and networks that are crossed: both would be drawn anew."""

from dataclasses import dataclass, replace
from math import nan, sqrt

import numpy as np
from scipy import stats

from preimage.measures.statistics.intervals import UNKNOWN, Estimate
from preimage.measures.statistics.samples import Scale, at_an_end, back, moved


@dataclass(frozen=True)
class Crossed:
    """A value of each photo with each network [photos, networks]; NaN where a descent failed.

    The squared error of the mean is that of photos' means and that of networks' means together,
    with as many degrees of freedom as the fewer of both have: that errs on the long side. Of a
    single network it is that of photos alone, and speaks of that network: there is one unit.
    """

    values: np.ndarray
    scale: Scale = "mean"

    @property
    def n(self) -> int:
        """How many units count: the fewer of photos and networks."""
        there = np.isfinite(self._all)
        return int(min(there.any(axis=1).sum(), there.any(axis=0).sum()))

    @property
    def failed(self) -> int:
        """How many descents have no value."""
        return int((~np.isfinite(self._all)).sum())

    @property
    def estimate(self) -> Estimate:
        """The mean and the ends of its interval; no ends of a single descent."""
        if not self.n:
            return UNKNOWN
        middle, error, freedom = self._student
        value = float(back(middle, self.scale))
        if not freedom:
            return Estimate(value, nan, nan)
        half = stats.t.ppf(0.975, freedom) * error
        return Estimate(
            value, *(float(back(end, self.scale)) for end in (middle - half, middle + half))
        )

    def p_above(self, bound: float) -> float:
        """Return the one-sided p value of a mean above a bound, by the interval's method."""
        if not self.n or not self._student[2]:
            return nan
        middle, error, freedom = self._student
        away = middle - float(moved(np.asarray(bound), self.scale))
        if error == 0:
            return 0.0 if away > 0 else 1.0
        return float(stats.t.sf(away / error, freedom))

    def with_failed(self, *, high: bool) -> "Crossed":
        """Return the same with those that failed at the upper or the lower end of the others."""
        return replace(self, values=at_an_end(self._all, self.scale, high=high))

    @property
    def _all(self) -> np.ndarray:
        return np.asarray(self.values, dtype=np.float64)

    @property
    def _student(self) -> tuple[float, float, int]:
        """The mean on its scale, its error, and the degrees of freedom."""
        there = np.where(np.isfinite(self._all), moved(self._all, self.scale), nan)
        there = there[:, ~np.isnan(there).all(axis=0)]
        there = there[~np.isnan(there).all(axis=1)]
        means = [np.nanmean(there, axis=axis) for axis in (0, 1)]
        several = [m for m in means if len(m) > 1]
        error = sqrt(sum(m.var(ddof=1) / len(m) for m in several))
        freedom = min((len(m) for m in several), default=1) - 1
        return float(np.nanmean(there)), error, freedom
