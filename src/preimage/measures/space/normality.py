"""How mean activations of feature maps are distributed over classes (code L1)."""

import numpy as np
import pandas as pd
from scipy import stats

from preimage.measures.statistics.intervals import UNKNOWN, Estimate, draws
from preimage.status import PICTURES
from preimage.tables.space import MAP_DISTRIBUTIONS

_GROUP = ["code", "set", "network", "space", "judge", "layer", "map", "batch_norm", "seed"]
_FEWEST = 20  # below, the p value of D'Agostino and Pearson's test is not valid


def distributions(means: pd.DataFrame) -> pd.DataFrame:
    """Return the table MAP_DISTRIBUTIONS of rows MAP_MEANS.

    Skewness and kurtosis have percentile bootstrap intervals over pictures. A map that gives all
    pictures the same has neither, nor tests.
    """
    rows = [
        dict(zip(_GROUP, keys, strict=True)) | _described(group)
        for keys, group in means.groupby(_GROUP, sort=False)
    ]
    return pd.DataFrame(rows, columns=MAP_DISTRIBUTIONS.names)


def _described(group: pd.DataFrame) -> dict[str, float]:
    values = group["mean"][group.status.isin(PICTURES)].to_numpy(float)
    found = {"pictures": len(values), "degenerate": len(group) - len(values)}
    if len(values):
        found |= {"mean": values.mean(), "deviation": values.std()}
    skewness, kurtosis = shape(values)
    return found | skewness.columns("skewness") | kurtosis.columns("kurtosis") | _tests(values)


def shape(values: np.ndarray) -> tuple[Estimate, Estimate]:
    """Return skewness and excess kurtosis of `values` [n]; UNKNOWN for a constant."""
    if len(values) < 3 or np.ptp(values) == 0:
        return UNKNOWN, UNKNOWN
    scaled = (values - values.mean()) / values.std()
    drawn = _moments(draws(len(values)), scaled)
    whole = _moments(np.ones((1, len(values))), scaled)
    ends = (np.nanpercentile(d, (2.5, 97.5)) for d in drawn)
    skewness, kurtosis = (Estimate(w.item(), *e) for w, e in zip(whole, ends, strict=True))
    return skewness, kurtosis


def _moments(counts: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both of each resample; counts [r, n] say how often each value is in it."""
    n = len(values)
    one, two, three, four = (counts @ values**k / n for k in range(1, 5))
    variance = two - one**2
    third = three - 3 * one * two + 2 * one**3
    fourth = four - 4 * one * three + 6 * one**2 * two - 3 * one**4
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.where(variance > 1e-12, variance, np.nan)  # all drawn alike
        return third / spread**1.5, fourth / spread**2 - 3


def _tests(values: np.ndarray) -> dict[str, float]:
    if len(values) < 3 or np.ptp(values) == 0:
        return {}
    shapiro = stats.shapiro(values)
    found = {"shapiro": shapiro.statistic, "shapiro_p": shapiro.pvalue}
    if len(values) >= _FEWEST:
        normal = stats.normaltest(values)
        found |= {"normaltest": normal.statistic, "normaltest_p": normal.pvalue}
    return found
