"""Principal components of the logits of class images (code L3)."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from preimage.measures.images.distances import joined
from preimage.measures.space.class_vectors import Vectors, class_vectors
from preimage.measures.statistics.intervals import jackknife
from preimage.tables.space import PRINCIPAL_COMPONENTS, PRINCIPAL_COORDINATES

KEPT = 10  # components of which coordinates are kept


class Principal(NamedTuple):
    """Shares of the variance [k], descending, and coordinates [n, k]."""

    explained: np.ndarray
    coordinates: np.ndarray


def analyse(vectors: np.ndarray) -> Principal:
    """Return the k = min(n - 1, d) principal components of `vectors` [n, d], centred, n > 1.

    The sign of a component is chosen so that its furthest point is positive.
    """
    left, values, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    values = values[: len(vectors) - 1]  # n centred points have no more dimensions
    coordinates = left[:, : len(values)] * values
    furthest = np.abs(coordinates).argmax(axis=0)
    sign = np.where(coordinates[furthest, np.arange(len(values))] < 0, -1, 1)
    return Principal(_shares(values), coordinates * sign)


def _shares(values: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return values**2 / (values**2).sum()


def explained(vectors: np.ndarray) -> np.ndarray:
    """Return the shares alone, KEPT of them; NaN where there are fewer."""
    shares = _shares(np.linalg.svd(vectors - vectors.mean(axis=0), compute_uv=False))[:KEPT]
    return np.pad(shares, (0, KEPT - len(shares)), constant_values=np.nan)


def tabulate(predictions: pd.DataFrame, logits: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return PRINCIPAL_COMPONENTS and PRINCIPAL_COORDINATES of networks with their own pictures.

    Shares of the first KEPT components have a jackknife interval over classes. A network that says
    the same of all its pictures has none.
    """
    components, coordinates = [], []
    for (image_set, seed, network, judge), vectors in class_vectors(predictions, logits).items():
        if network == judge and np.ptp(vectors.logits, axis=0).any():
            about = {"set": image_set, "network": network, "seed": seed}
            found = analyse(vectors.logits)
            components.append(_components(vectors, found).assign(**about))
            coordinates.append(_coordinates(vectors, found).assign(**about))
    return (
        joined(components, PRINCIPAL_COMPONENTS.names),
        joined(coordinates, PRINCIPAL_COORDINATES.names),
    )


def _components(vectors: Vectors, found: Principal) -> pd.DataFrame:
    logits = vectors.logits
    shares = jackknife(lambda kept: explained(logits[kept]), len(logits))
    count = len(found.explained)
    low, high = (
        np.pad(end, (0, max(0, count - KEPT)), constant_values=np.nan) for end in shares[1:]
    )
    return pd.DataFrame(
        {
            "component": np.arange(1, count + 1),
            "classes": len(vectors.classes),
            "explained": found.explained,
            "explained_low": low[:count],
            "explained_high": high[:count],
            "cumulated": found.explained.cumsum(),
        }
    )


def _coordinates(vectors: Vectors, found: Principal) -> pd.DataFrame:
    kept = found.coordinates[:, :KEPT]
    n, k = kept.shape
    return pd.DataFrame(
        {
            "class": np.repeat(vectors.classes, k),
            "name": np.repeat(vectors.names, k),
            "component": np.tile(np.arange(1, k + 1), n),
            "coordinate": kept.ravel(),
        }
    )
