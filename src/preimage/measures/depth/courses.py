"""How the distances of a descent change along its steps."""

import numpy as np
import pandas as pd
from scipy.stats import theilslopes

from preimage.measures.depth.stages import LONG

DESCENT = ["set", "network", "item", "seed"]
_POINTS = 100  # of the last decade of steps, evenly on their logarithm
_TIMES = {"start": 0.0, "middle": 0.5, "end": 1.0}


def courses(traces: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each descent of rows TRACE: what its steps say.

    gradient_start, _middle and _end: natural logarithms of the norm of the loss's gradient at the
    first step, halfway and at the last. slope_i and slope_g: how fast the distances m_i and m_g
    grow in the last decade of steps, the median slope of their logarithm on that of the step
    (Theil and Sen); NaN of descents that are not LONG.
    """
    found = [
        {**dict(zip(DESCENT, names, strict=True)), **_gradients(rows), **_slopes(rows)}
        for names, rows in traces.groupby(DESCENT, sort=False)
    ]
    empty = [*(f"gradient_{time}" for time in _TIMES), "slope_i", "slope_g"]
    return pd.DataFrame(found, columns=[*DESCENT, *empty])


def at_equal_level(
    one: pd.DataFrame, other: pd.DataFrame, neighbours: tuple[float, float]
) -> float:
    """Return the logarithm of m_i of one descent over that of another, equally far in output.

    neighbours: m_r of each, in which their m_g are told. Equally far is where the one that comes
    less near ends; each is taken where it first comes so near. NaN where one has no distances.
    """
    courses = [
        (rows.m_g.to_numpy() / near, rows.m_i.to_numpy())
        for rows, near in zip((one, other), neighbours, strict=True)
    ]
    if any(not np.isfinite(g).any() for g, _ in courses):
        return float("nan")
    level = max(np.nanmin(g) for g, _ in courses)
    apart = [i[np.flatnonzero(g <= level)[0]] for g, i in courses]
    with np.errstate(divide="ignore"):
        return float(np.log(apart[0]) - np.log(apart[1]))


def _gradients(rows: pd.DataFrame) -> dict[str, float]:
    norms = rows.gradient.to_numpy(float)
    with np.errstate(divide="ignore"):
        return {
            f"gradient_{name}": float(np.log(norms[round(time * (len(norms) - 1))]))
            for name, time in _TIMES.items()
        }


def _slopes(rows: pd.DataFrame) -> dict[str, float]:
    steps = rows.iteration.to_numpy() + 1
    if steps.max() < LONG:
        return {"slope_i": np.nan, "slope_g": np.nan}
    last = np.geomspace(steps.max() / 10, steps.max(), _POINTS)
    places = np.unique(np.searchsorted(steps, last).clip(0, len(steps) - 1))
    return {
        f"slope_{name}": _slope(steps[places], rows[f"m_{name}"].to_numpy()[places])
        for name in "ig"
    }


def _slope(steps: np.ndarray, distances: np.ndarray) -> float:
    there = np.isfinite(distances) & (distances > 0)
    if there.sum() < 2:
        return float("nan")
    return float(theilslopes(np.log(distances[there]), np.log(steps[there])).slope)
