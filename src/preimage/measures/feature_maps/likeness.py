"""How alike pictures of the same feature are, and pictures of different ones (code M5, metrics).

========  ==================================================================================
score     of two pictures, at the smaller side of the two, clipped to [0, 1]
========  ==================================================================================
ssim      structural similarity: the same at the same place
spectrum  correlation of the logarithms of their power spectra, each less the mean of its
          column: what tells this pattern from the others, wherever it is. Of luminance, red
          less green, and yellow less blue, in rings of frequency (twice as many cycles each,
          from 2) cut into 8 directions
========  ==================================================================================

Whether two pictures of one map are alike is told by rank: by the share of the pictures of other
maps that they are more alike than, ties by half. By chance that is 1/2, however scores are spread.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata
from skimage.color import rgb2gray
from skimage.transform import resize

from preimage.measures.comparisons.nearness import ssim
from preimage.measures.feature_maps.appearance import polar, power_spectrum
from preimage.measures.statistics.intervals import Estimate, share, shuffled, student

Array = NDArray[np.float64]
Pictures = Sequence[NDArray[np.floating] | None]

_DIRECTIONS = 8
_LEAST_POWER = 1 / (12 * 255**2)  # of one bin: the variance of rounding to 8 bits


def scores(one: Pictures, other: Pictures) -> Mapping[str, Array]:
    """Return each score [n, n] of RGB pictures [3, S, S] of `one` with those of `other`.

    The places with None in place of a picture are NaN.
    """
    there = [p for p in (*one, *other) if p is not None]
    side = min((p.shape[-1] for p in there), default=0)
    a, b = ([None if p is None else _seen(p, side) for p in part] for part in (one, other))
    return {"ssim": _each(ssim, a, b), "spectrum": _each(_correlation, _spectra(a), _spectra(b))}


def _each(score: Callable[[Array, Array], float], one: Pictures, other: Pictures) -> Array:
    pairs = ((np.nan if a is None or b is None else score(a, b)) for a in one for b in other)
    return np.array(list(pairs)).reshape(len(one), len(other))


def _spectra(pictures: Pictures) -> Pictures:
    """Return the logarithms of the spectra of pictures less their mean."""
    found = [None if p is None else log_spectrum(p) for p in pictures]
    middle = np.mean([f for f in found if f is not None] or [[0.0]], axis=0)
    return [None if f is None else f - middle for f in found]


def _seen(picture: NDArray[np.floating], side: int) -> NDArray[np.floating]:
    clipped = np.clip(picture, 0, 1)  # in its own precision: scores take one at a time to float64
    return clipped if picture.shape[-1] == side else resize(clipped, (3, side, side), order=1)


def log_spectrum(seen: NDArray[np.floating]) -> Array:
    """Return the logarithm of the power in each bin of the table above, of RGB [3, S, S]."""
    red, green, blue = seen = seen.astype(np.float64)
    channels = (rgb2gray(seen, channel_axis=0), red - green, (red + green) / 2 - blue)
    bins, count = _bins(seen.shape[-1])
    power = [np.bincount(bins, power_spectrum(c).ravel(), count + 1)[:count] for c in channels]
    return np.log(np.maximum(np.concatenate(power), _LEAST_POWER))


def _bins(side: int) -> tuple[NDArray[np.int64], int]:
    """Return the bin of each frequency [S * S], the last for those that count in none."""
    cycles, direction = polar(side)
    edges = 2.0 ** np.arange(1, np.log2(side / 2) + 1)
    ring = np.digitize(cycles, edges) - 1
    sector = np.round(direction / np.pi * _DIRECTIONS).astype(int) % _DIRECTIONS
    count = _DIRECTIONS * (len(edges) - 1)
    found = np.where(ring < 0, count, ring * _DIRECTIONS + sector)
    return np.minimum(found, count).ravel(), count


def _correlation(a: Array, b: Array) -> float:
    """Return Pearson's correlation; NaN where one does not vary, as in a plain picture."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.corrcoef(a, b)[0, 1])


def pairs(found: Array, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of FEATURE_PAIRS that follow from scores [n, n] of n rows.

    rows: item and seed of each, and perhaps its layer. Others are the pictures of other items of
    the layer from the same seed, in both columns: what pictures share because they start alike is
    in the baseline as well, and layers are told apart by less than their patterns.
    """
    items, seeds = rows["item"].to_numpy(), rows["seed"].to_numpy()
    layers = rows["layer"].to_numpy() if "layer" in rows else np.zeros(len(rows))
    alike = (seeds[:, None] == seeds) & (layers[:, None] == layers)
    theirs = (items[:, None] != items) & alike
    both, away = _with_others(found, theirs)
    count = away.sum(axis=1)
    with np.errstate(invalid="ignore"):
        mean = np.where(away, both, 0).sum(axis=1) / count
    own = {"likeness": np.diagonal(found), "to_others": mean, "above": _above(both, away)}
    dealt = _above(*_with_others(found[:, _next(alike)], theirs))
    return rows[["item", "seed"]].assign(**own, dealt=dealt, others=count)


def _with_others(found: Array, theirs: NDArray[np.bool_]) -> tuple[Array, NDArray[np.bool_]]:
    """Return scores [n, 2 n] of each picture of one column, and of the other, and which count."""
    both = np.concatenate([found, found.T], axis=1)
    return both, np.concatenate([theirs, theirs], axis=1) & np.isfinite(both)


def _next(alike: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each row the next of those alike, and the first for the last."""
    places = np.arange(len(alike))
    nexts = [np.roll(places[row], -1)[places[row] == i][0] for i, row in enumerate(alike)]
    return np.array(nexts, dtype=np.int64)  # of no rows, too


def _above(both: Array, away: NDArray[np.bool_]) -> Array:
    """Return the share [n] of others that each item's own score is above, ties by half.

    both: scores [n, 2 n], the own ones on the diagonal; away: which of them are with others. NaN
    without others, or without an own score.
    """
    own = np.diagonal(both)
    with np.errstate(invalid="ignore"):
        won = (both < own[:, None]) + (both == own[:, None]) / 2
        share_won = np.where(away, won, 0).sum(axis=1) / away.sum(axis=1)
    return np.where(np.isfinite(own), share_won, np.nan)


def summary(found: Array, rows: pd.DataFrame) -> dict[str, float | int]:
    """Return the columns of FEATURE_SIMILARITY that follow from scores [n, n] of n rows.

    A feature counts once, with its mean score over seeds, and is compared with those features that
    have two pictures as well. The interval of `above`, a mean of shares, is Wilson's: it is longer
    than need be, for shares vary less than truths of the same mean, but never without length.
    """
    items = rows["item"].unique()
    square = _over_seeds(found, rows, items)
    whole = np.isfinite(np.diagonal(square))
    square, names = square[np.ix_(whole, whole)], pd.DataFrame({"item": items[whole], "seed": 0})
    paired = pairs(square, names).query("others > 0")
    mean = Estimate(*np.clip(student(paired.likeness.to_numpy()), -1, 1).tolist())
    return {
        **mean.columns("likeness"),
        "baseline": paired.to_others.mean(),
        **share(paired.above.to_numpy()).columns("above"),
        "p_value": shuffled(standing(square)).p_value if len(paired) else np.nan,
        "n": len(paired),
        "degenerate": len(items) - len(paired),
    }


def standing(found: Array) -> Array:
    """Return, of each score [n, n], the share of the rest of its row and column that it is above.

    Ties count by half; n > 1. On the diagonal that is `above`, and where items are paired anew, it
    is what `above` would be. NaN all over a row or column with a score that is NaN.
    """
    ranks = (rankdata(found, axis=axis) - 1 for axis in (0, 1))
    return sum(ranks) / (2 * (len(found) - 1))


def _over_seeds(found: Array, rows: pd.DataFrame, items: Sequence[str]) -> Array:
    """Return the mean score [items, items] over seeds, of pictures of the same seed."""
    apart = []
    for places in rows.groupby("seed").indices.values():
        names = rows["item"].iloc[places]
        of_seed = pd.DataFrame(found[np.ix_(places, places)], names, names)
        apart.append(of_seed.reindex(index=items, columns=items).to_numpy())
    there = np.isfinite(apart)
    with np.errstate(invalid="ignore"):
        return np.where(there, apart, 0).sum(axis=0) / there.sum(axis=0)
