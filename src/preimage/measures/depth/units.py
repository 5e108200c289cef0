"""What is found of each photo in each layer of each network: the units that claims are judged by.

A photo's seeds are averaged. A descent that failed is NaN: nothing is left out by its outcome, and
a finite picture counts though its descent diverged.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from preimage.measures.depth.courses import DESCENT
from preimage.status import FAILED

UNIT = ["set", "network", "layer", "photo"]
_PLAIN = ["ssim", "ssim_pooled", "ssim_others", "band", "nearer_noise", "beaten"]
_LOGARITHMS = {
    "near": ("m_g", "m_r_25"),
    "near_18": ("m_g", "m_r_18"),
    "again": ("m_r_25_again", "m_r_25"),
    "far": ("m_i", "shift_25"),
    "fall": ("m_g", "m_g_start"),
    "blur": ("blur_noise", "blur_photo"),
}


def by_descent(
    reconstructions: pd.DataFrame, courses: pd.DataFrame, recognised: pd.DataFrame
) -> pd.DataFrame:
    """Return a row for each of rows RECONSTRUCTIONS: UNIT, seed, and what is judged, as columns.

    courses: see there. recognised: rows RECOGNISED, of one judge for each network. Natural
    logarithms: near and near_18 (m_g over m_r), again (of another a' over m_r), far (m_i over that
    of a'), fall (m_g over that of the start), blur (noise over photo), m_i, resolution, edges, and
    gradient_*, of the distance alone.
    """
    rows = reconstructions.merge(courses, on=DESCENT, how="left")
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = {n: np.log(rows[above] / rows[below]) for n, (above, below) in _LOGARITHMS.items()}
        logs |= {name: np.log(rows[name]) for name in ("m_i", "resolution", "edges")}
        times = [name for name in courses.columns if name.startswith("gradient_")]
        logs |= {name: rows[name] - np.log(rows.loss_factor) for name in times}
    found = rows[[*UNIT, "item", "seed", *_PLAIN, "slope_i", "slope_g"]].assign(**logs)
    said = recognised[[*DESCENT, "beaten", "in_five", "in_five_others", "own_half", "other_half"]]
    found = found.merge(said.rename(columns={"beaten": "recognised"}), on=DESCENT, how="left")
    others = found.set.map(found.groupby("set").photo.nunique()) - 1
    for name in ("beaten", "recognised"):  # so that there is a logit
        found[name] = (found[name] * others + 0.5) / (others + 1)
    failed = rows.status.isin(FAILED).to_numpy()
    measures = found.columns.difference([*UNIT, "item", "seed", "other_half"])
    found.loc[failed, measures] = np.nan
    return found


def by_photo(descents: pd.DataFrame, first: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """Return the means over seeds, with UNIT as index, and the column `level`.

    first: of a set and network, the layer that stands for conv1. level: how much of a photo is
    left, from 0, what reconstructions of other photos share with it, to 1, what there is in conv1.
    """
    means = descents.drop(columns=["item", "seed", "other_half"]).groupby(UNIT, sort=False).mean()
    return means.assign(level=_levels(means, first))


def _levels(means: pd.DataFrame, first: Mapping[tuple[str, str], str]) -> np.ndarray:
    runs = zip(*(means.index.get_level_values(name) for name in UNIT), strict=True)
    tops = [(s, n, first.get((s, n), ""), photo) for s, n, _, photo in runs]
    top = means.ssim.reindex(pd.MultiIndex.from_tuples(tops, names=UNIT)).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        return ((means.ssim - means.ssim_others) / (top - means.ssim_others)).to_numpy()


def crossing(levels: pd.DataFrame, half: float = 0.5) -> pd.Series:
    """Return where each row of levels [units, layers by depth] first falls below a half.

    In layers from the first, between two by their levels; after the last where it does not. NaN
    where a level is missing.
    """
    values = levels.to_numpy(float)
    found = np.full(len(values), float(values.shape[1]))
    for unit, row in enumerate(values):
        below = np.flatnonzero(row < half)
        if np.isnan(row).any():
            found[unit] = np.nan
        elif len(below) and (at := below[0]) == 0:
            found[unit] = 0.0
        elif len(below):
            found[unit] = at - 1 + (row[at - 1] - half) / (row[at - 1] - row[at])
    return pd.Series(found, levels.index)
