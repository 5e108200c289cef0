"""How near the pictures of two columns are: their own, and those of other rows for a baseline."""

import numpy as np
import pandas as pd
from skimage.metrics import structural_similarity

_AT_ONCE = 1 << 16  # elements of each vector in float64 at a time
_SMALLEST_WINDOW = 3


def l2(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the Euclidean distances [n, m], in float64, of vectors [n, d] to vectors [m, d].

    By their products, which for pictures is far faster than by their differences; where vectors
    are almost equal that leaves about 1e-8 of their length.
    """
    squares = np.zeros((len(one), len(other)))
    for start in range(0, one.shape[1], _AT_ONCE):
        a, b = (v[:, start : start + _AT_ONCE].astype(np.float64) for v in (one, other))
        squares += (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))


def cosine(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return 1 - cosine [n, m] of vectors [n, d] and [m, d]; NaN with a vector of zeros."""
    with np.errstate(invalid="ignore"):
        a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in map(np.float64, (one, other)))
    return np.maximum(1 - a @ b.T, 0)  # rounding leaves less than 0


METRICS = {"l2": l2, "cosine": cosine}


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Return the structural similarity of two pictures [3, S, S] as seen: clipped to 0 .. 1.

    The window is the usual one of 7 pixels, or less in pictures that are smaller; NaN below 3.
    """
    window = min(7, one.shape[-1] - 1 + one.shape[-1] % 2)
    if window < _SMALLEST_WINDOW:
        return float("nan")
    seen = (np.clip(picture, 0, 1).astype(np.float64) for picture in (one, other))
    return float(structural_similarity(*seen, win_size=window, channel_axis=0, data_range=1))


def among_others(distances: np.ndarray, theirs: np.ndarray) -> pd.DataFrame:
    """Return the columns distance, to_others, nearer_others and others of COMPARED_IMAGES.

    distances: [n, n] from the picture of row i to the other column's picture of row j; NaN where a
    picture failed. theirs: [n] numbers of the classes that these are of. Others are of others.
    """
    own = np.diagonal(distances)
    away = (theirs[:, None] != theirs) & np.isfinite(distances)
    count = away.sum(axis=1)
    with np.errstate(invalid="ignore"):
        mean = np.where(away, distances, 0).sum(axis=1) / count
    nearer = (away & (distances < own[:, None])).sum(axis=1)
    columns = {"distance": own, "to_others": mean, "nearer_others": nearer, "others": count}
    return pd.DataFrame(columns)
