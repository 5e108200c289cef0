"""How alike two networks arrange the same classes in their logits (codes A3 and L3).

`CKA`: linear centred kernel alignment (Kornblith et al. 2019) with the unbiased estimator HSIC_1
(Song et al. 2012): 1 for the same arrangement but for rotation and scale, about 0 for two that have
nothing in common, however few the classes. `Procrustes disparity`: the share of one network's
variance that no rotation and scaling of the other's vectors gives; 0 for the same arrangement. The
fewer the classes for so many logits, the smaller it is, for any two networks: it says something
beside its baseline alone, and has no interval.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from preimage.measures.space.class_vectors import Vectors, class_vectors
from preimage.measures.statistics.intervals import SEED, Chance, Estimate, chance, jackknife
from preimage.measures.statistics.seeds import of_first_seed
from preimage.tables.space import SPACE_COMPARISON

SHUFFLES = 200  # a disparity takes a singular value decomposition each
OWN = "own"
_FEWEST = 4  # classes of which HSIC_1 can be told


def cka(a: np.ndarray, b: np.ndarray) -> float:
    """Return debiased linear CKA of `a` [n, d] and `b` [n, e], whose rows are items: -1 .. 1.

    NaN where one is constant, and of fewer than four items.
    """
    if len(a) < _FEWEST:
        return np.nan
    a, b = _similarities(a), _similarities(b)
    with np.errstate(invalid="ignore"):
        return (a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b))


def _similarities(vectors: np.ndarray) -> np.ndarray:
    """Return products of all pairs of items [n, n], U-centred (Szekely and Rizzo 2014).

    The mean product of two such matrices is HSIC_1, but for a factor that CKA does not have.
    """
    n, around = len(vectors), vectors - vectors.mean(axis=0)
    products = around @ around.T
    np.fill_diagonal(products, 0)
    rows = products.sum(axis=0) / (n - 2)
    centred = products - rows - rows[:, None] + rows.sum() / (n - 1)
    np.fill_diagonal(centred, 0)
    return centred


def disparity(a: np.ndarray, b: np.ndarray) -> float:
    """Return Procrustes disparity of `a` [n, d] and `b` [n, e], as `scipy.spatial.procrustes`.

    Of that function only the disparity is computed, and d and e may differ.
    """
    a, b = _centred(a), _centred(b)
    if np.isnan(a).any() or np.isnan(b).any():
        return np.nan
    return 1 - np.linalg.norm(a.T @ b, "nuc") ** 2


STATISTICS: Mapping[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "CKA": cka,
    "Procrustes disparity": disparity,
}


def _centred(vectors: np.ndarray) -> np.ndarray:
    """Return the vectors around their mean, of norm 1 in all; NaN where all are the same."""
    around = vectors - vectors.mean(axis=0)
    with np.errstate(invalid="ignore"):
        return around / np.linalg.norm(around)


def turned(vectors: np.ndarray) -> np.ndarray:
    """Return the same arrangement in as few dimensions as it needs: at most [n, n]."""
    if vectors.shape[1] <= len(vectors):
        return vectors
    left, values, _ = np.linalg.svd(vectors, full_matrices=False)
    return left * values


def compare(predictions: pd.DataFrame, logits: pd.DataFrame) -> pd.DataFrame:
    """Return the table SPACE_COMPARISON of rows PREDICTIONS and LOGITS of class images.

    Compared are every two networks with at least four classes in common, seeing each its own
    pictures or both the same. Of several seeds the first counts. The interval of CKA is a jackknife
    over classes, disparities have none; the baseline shuffles the classes of one network.
    """
    found = class_vectors(of_first_seed(predictions), logits)
    vectors = {(image_set, *pair): one for (image_set, _, *pair), one in found.items()}
    rows = [
        {"set": image_set, "network_a": a, "network_b": b, "pictures": pictures, **row}
        for image_set, a, b in _pairs(vectors)
        for pictures, makers in {OWN: (a, b), a: (a, a), b: (b, b)}.items()
        for row in _rows(vectors[image_set, makers[0], a], vectors[image_set, makers[1], b])
    ]
    return pd.DataFrame(rows, columns=SPACE_COMPARISON.names)


def _pairs(vectors: Mapping[tuple[str, str, str], Vectors]) -> Iterator[tuple[str, str, str]]:
    makers = sorted({(image_set, network) for image_set, network, _ in vectors})
    for (one, a), (other, b) in combinations(makers, 2):
        if one == other and all((one, x, y) in vectors for x in (a, b) for y in (a, b)):
            yield one, a, b


def _rows(a: Vectors, b: Vectors) -> Iterator[dict[str, object]]:
    classes = np.intersect1d(a.classes, b.classes)
    if len(classes) < _FEWEST:
        return
    one, other = turned(a.of(classes)), turned(b.of(classes))
    for name, statistic in STATISTICS.items():
        found = _estimate(statistic, one, other)
        by_chance = _shuffled(statistic, one, other, found.value)
        yield {
            **{"statistic": name, "classes": len(classes), **found._asdict()},
            **by_chance.columns(),
        }


def _estimate(
    statistic: Callable[[np.ndarray, np.ndarray], float], a: np.ndarray, b: np.ndarray
) -> Estimate:
    """Return the statistic, CKA with its interval.

    How far a disparity is too small of few classes, leaving out some more cannot tell.
    """
    if statistic is disparity:
        return Estimate(float(disparity(a, b)), np.nan, np.nan)
    return Estimate(*map(float, jackknife(lambda kept: statistic(a[kept], b[kept]), len(a))))


def _shuffled(
    statistic: Callable[[np.ndarray, np.ndarray], float],
    a: np.ndarray,
    b: np.ndarray,
    observed: float,
) -> Chance:
    """Return what the statistic is of classes matched by chance."""
    draw = np.random.default_rng(SEED)
    drawn = np.array([statistic(a, b[draw.permutation(len(b))]) for _ in range(SHUFFLES)])
    return chance(drawn, observed)
