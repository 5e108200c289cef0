"""Which inputs have an output near that of a photo: one row for each kind of point and depth.

Seeds are the sample: of each seed the median over its points is taken first. Distances and their
ratios are averaged as logarithms, for they are above 0 and spread over decades.
"""

import numpy as np
import pandas as pd

from preimage.errors import UserError
from preimage.measures.statistics.intervals import geometric_mean, mean
from preimage.tables.inversions import INVERSION_SUMMARY

# What the page says, of a photo of 3 * 29 * 29 values: point -> m_i, m_g. Of a' and a'' these are
# bounds, from above and from below.
PAGE_INPUTS = 3 * 29 * 29
PAGE = {"shifted": (3.0, np.nan), "neighbour": (40_000.0, np.nan), "descended": (2.84, 0.52)}

_NETWORK = ["inversion", "initial", "layers", "inputs"]
_POINT = ["code", "point", "precision", "method", "deviation"]
_RATIOS = {"m_i": "i_over_neighbour", "m_g": "g_over_neighbour"}


def tabulate(inversions: pd.DataFrame) -> pd.DataFrame:
    """Return the table INVERSION_SUMMARY of rows of INVERSIONS, in their order."""
    rows = [
        {**dict(zip(_NETWORK, keys, strict=True)), **row}
        for keys, group in inversions.groupby(_NETWORK, sort=False)
        for row in _rows(group, inputs=keys[-1])
    ]
    return pd.DataFrame(rows, columns=INVERSION_SUMMARY.names)


def exact_neighbours(inversions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a'' that are as exact as any here: by solve, in float64."""
    wanted = {"point": "neighbour", "precision": "float64", "method": "solve"}
    return inversions[(inversions[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def random_condition(n: int, p: float) -> float:
    """Return what the condition number of one random [n, n] matrix is below with probability p.

    The limit for large n of independent entries of mean 0 (Edelman 1988):
    P(condition < n x) = exp(-2 / x - 2 / x^2). Its mean is infinite: a seed now and then is far
    worse than the others.
    """
    return n * 2 / (np.sqrt(1 - 2 * np.log(p)) - 1)


def _rows(group: pd.DataFrame, inputs: int) -> list[dict]:
    near = dict(iter(exact_neighbours(group).groupby("seed")))
    return [
        {**dict(zip(_POINT, about, strict=True)), **_summary(_by_seed(points, near))}
        | _said(about[_POINT.index("point")], inputs)
        for about, points in group.groupby(_POINT, sort=False, dropna=False)
    ]


def _by_seed(points: pd.DataFrame, near: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """Return medians of each seed's points, and how they compare with that seed's neighbours."""
    medians = points.groupby("seed")[["m_i", "m_g", "outside"]].median()
    if missing := {*medians.index} - {*near}:
        name, layers = points.inversion.iloc[0], points.layers.iloc[0]
        raise UserError(
            f"inversion {name}, {layers} layers, seed {min(missing)}: there is no row whose point "
            "is neighbour, method solve and precision float64, to compare the others with: give "
            "all rows that invert_mlps wrote"
        )
    for column, ratio in _RATIOS.items():
        medians[ratio] = [m / near[s][column].median() for s, m in medians[column].items()]
    medians["further"] = [(near[s].m_i > m).mean() for s, m in medians.m_i.items()]
    return medians.assign(samples=points.groupby("seed").size())


def _summary(seeds: pd.DataFrame) -> dict[str, float]:
    found = {"seeds": len(seeds), "samples": seeds.samples.min()}
    for column in ("m_i", "m_g", *_RATIOS.values()):
        above_0 = seeds[column][seeds[column] > 0]  # an inverse may be exact, or not finite
        found |= geometric_mean(above_0.to_numpy()).columns(column)
    for column in ("further", "outside"):
        found |= mean(seeds[column].dropna()).columns(column)
    return found | {"m_i_least": seeds.m_i.min(), "m_i_most": seeds.m_i.max()}


def _said(point: str, inputs: int) -> dict[str, float]:
    """Return what the page says of such points, where the photo is as large as there."""
    said = PAGE.get(point, (np.nan, np.nan)) if inputs == PAGE_INPUTS else (np.nan, np.nan)
    return dict(zip(("page_m_i", "page_m_g"), said, strict=True))
