"""What the page "Input Generation II" claims of sums of two classes (code K1), and what is found.

Units are pairs of classes, of which no two share a class: a judge that likes a class counts once.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from preimage.claims.comparisons import ComparisonClaims
from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import Makers
from preimage.claims.seen import FIVE, is_picture, pictures_of, third_of
from preimage.measures.comparisons.sides import SUM, Side
from preimage.measures.statistics.compared import Excess
from preimage.measures.statistics.intervals import orders
from preimage.measures.statistics.samples import Sample

_PAGE = "resnet50"


def settle_sums(
    plan: ComparisonClaims, makers: Makers, predictions: pd.DataFrame
) -> Iterator[Evidence]:
    """Yield what rows PREDICTIONS say of each run of sums, as a third network sees them."""
    if len(plan.classes) <= len(FIVE):  # all classes are among the first five
        return
    for run in (run for run in plan.pairs if run.kind == SUM):
        judge, why = third_of(plan.judges, [*run.networks, *run.origins], makers)
        pictures = pictures_of(run, judge or "", predictions)
        if pictures.empty:
            continue
        pairs = disjoint(pictures[["class_a", "class_b"]].drop_duplicates().to_numpy(int))
        yield Evidence(
            "K1.1",
            _in_five(pairs, [pictures[_is_of(pictures, pair)] for pair in pairs]),
            f"{run.network} ({run.set})",
            primary=makers[run.network].is_page_s(_PAGE) and not run.normalised,
            recipe=run.recipe,
            measured_in=judge,
            control=_singles(plan.alone, run, judge, predictions, pairs),
            why=why,
        )


def disjoint(pairs: np.ndarray) -> np.ndarray:
    """Return of pairs [n, 2] those, from the first on, that share no class with one before."""
    used: set[int] = set()
    kept = []
    for pair in pairs.tolist():
        if used.isdisjoint(pair):
            used.update(pair)
            kept.append(pair)
    return np.array(kept, dtype=int).reshape(-1, 2)


def _is_of(pictures: pd.DataFrame, pair: np.ndarray) -> pd.Series:
    return (pictures[["class_a", "class_b"]] == pair).all(axis=1)


def _in_five(pairs: np.ndarray, *columns: list[pd.DataFrame]) -> Samples:
    """Return how many pairs [n, 2] are in most of their pictures both among the first five.

    columns: of each pair the rows PREDICTIONS of its pictures; of several columns any will do. The
    excess is over pairs that are sought in each other's pictures.
    """
    found = np.max([[_shows(pictures, pairs) for pictures in one] for one in columns], axis=0)
    own = np.diagonal(found)
    there = np.isfinite(own)
    kept = found[np.ix_(there, there)]
    share = Sample(own, "share")
    value = share.estimate.value
    drawn = kept[orders(len(kept)), np.arange(len(kept))].mean(axis=1) if len(kept) else []
    return {"share": share, "excess": Excess(value, [value, *drawn], share.n, failed=share.failed)}


def _shows(pictures: pd.DataFrame, pairs: np.ndarray) -> np.ndarray:
    """Return of each pair [n] whether most of these pictures show both; NaN where all failed."""
    five = pictures[is_picture(pictures)][FIVE].to_numpy(float)
    if not len(five):
        return np.full(len(pairs), np.nan)
    held = (five[:, None, None, :] == pairs[None, :, :, None]).any(axis=3)  # [pictures, pairs, 2]
    return (held.all(axis=2).mean(axis=0) > 0.5).astype(float)


def _singles(
    alone: list[Side], run: Side, judge: str, predictions: pd.DataFrame, pairs: np.ndarray
) -> Samples:
    """Return the same of the network's pictures of either class; nothing without all of them."""
    for side in (side for side in alone if side.network == run.network):
        pictures = pictures_of(side, judge, predictions)
        if {*pairs.ravel()} <= {*pictures.class_a}:
            by_class = {c: pictures[pictures.class_a == c] for c in {*pairs.ravel()}}
            return _in_five(pairs, *([by_class[c] for c in pairs[:, k]] for k in (0, 1)))
    return {}
