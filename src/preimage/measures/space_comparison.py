"""How alike two networks arrange the same classes in their logits (codes A3 and L3).

`CKA`: linear centred kernel alignment (Kornblith et al. 2019), 1 for the same arrangement but for
rotation and scale. It is not debiased: with no more classes than logits it is far above 0 for any
two networks, which is what the baseline is for. `Procrustes disparity`: the share of one network's
variance that no rotation and scaling of the other's vectors gives; 0 for the same arrangement.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from preimage.measures.class_vectors import Vectors, class_vectors
from preimage.measures.intervals import SEED, Chance, chance, jackknife
from preimage.tables.space import SPACE_COMPARISON

SHUFFLES = 200  # a disparity takes a singular value decomposition each
OWN = "own"
_FEWEST = 3  # any two classes are alike


def cka(a: np.ndarray, b: np.ndarray) -> float:
    """Return linear CKA of `a` [n, d] and `b` [n, e]: rows are items; NaN where one is constant."""
    a, b = _centred(a), _centred(b)
    return np.linalg.norm(a.T @ b) ** 2 / (np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b))


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

    Compared are every two networks with at least three classes in common, seeing each its own
    pictures or both the same. Of several seeds the first counts. Intervals are a jackknife over
    classes; the baseline shuffles the classes of one network.
    """
    vectors = _first_seed(class_vectors(predictions, logits))
    rows = [
        {"set": image_set, "network_a": a, "network_b": b, "pictures": pictures, **row}
        for image_set, a, b in _pairs(vectors)
        for pictures, makers in {OWN: (a, b), a: (a, a), b: (b, b)}.items()
        for row in _rows(vectors[image_set, makers[0], a], vectors[image_set, makers[1], b])
    ]
    return pd.DataFrame(rows, columns=SPACE_COMPARISON.names)


def _first_seed(
    found: Mapping[tuple[str, int, str, str], Vectors],
) -> dict[tuple[str, str, str], Vectors]:
    """Return the vectors by set, network and judge."""
    first: dict[tuple[str, str, str], Vectors] = {}
    for (image_set, _, *pair), vectors in sorted(found.items(), key=lambda entry: entry[0][:2]):
        first.setdefault((image_set, *pair), vectors)
    return first


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
        value, low, high = jackknife(lambda k, s=statistic: s(one[k], other[k]), len(classes))
        by_chance = _shuffled(statistic, one, other, float(value))
        yield {
            **{"statistic": name, "classes": len(classes)},
            **{"value": float(value), "low": float(low), "high": float(high)},
            **{"baseline": by_chance.mean, "baseline_low": by_chance.low},
            **{"baseline_high": by_chance.high, "p_value": by_chance.p_value},
        }


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
