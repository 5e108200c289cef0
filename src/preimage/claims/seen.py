"""What networks see in pictures of classes, by class, for claims about pairs of pictures."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from preimage.claims.makers import Makers, first_third
from preimage.measures.comparisons.sides import Side
from preimage.status import FAILED

FIVE = [f"top{k}" for k in range(1, 6)]
_OF_FIVE = [f"top{k}_probability" for k in range(1, 6)]

# Judgement, ours: the mean probability from which on a judge sees a class in somebody's pictures.
SEEN = 0.2


def third_of(
    judges: Sequence[str], took_part: Collection[str], makers: Makers
) -> tuple[str | None, str]:
    """Return which judge took no part, one of another family if there is, and what limits it.

    judges: networks that have learnt something. took_part: those that made the pictures, and those
    that these were made of.
    """
    others = [judge for judge in judges if judge not in took_part]
    if (third := first_third(others, makers, *took_part)) or not others:
        return third, ""
    return others[0], f"the judge {others[0]} is of a family with those that made the pictures"


def pictures_of(side: Side, judge: str, predictions: pd.DataFrame) -> pd.DataFrame:
    """Return what a judge says of a side's pictures: rows PREDICTIONS, of any status."""
    kept = (predictions["set"] == side.set) & (predictions.network == side.network)
    return predictions[kept & (predictions.judge == judge)]


def is_picture(rows: pd.DataFrame) -> pd.Series:
    """Return which rows are of pictures: of a descent that diverged there is one, too."""
    return ~rows.status.isin(FAILED)


def probability(pictures: pd.DataFrame) -> pd.Series:
    """Return by class the mean probability of it over the seeds; NaN where all failed."""
    fine = pictures.probability_a.where(is_picture(pictures))
    return fine.groupby(pictures.class_a).mean()


def probability_dealt(pictures: pd.DataFrame, classes: pd.Index) -> pd.Series:
    """Return by class its mean probability in the pictures of the other classes.

    A class that is not among the judge's first five counts as 0.
    """
    fine = pictures[is_picture(pictures)]
    five = fine[FIVE].to_numpy(float)
    share = np.where(np.isfinite(five), fine[_OF_FIVE].to_numpy(float), 0)
    of = fine.class_a.to_numpy()
    found = [((five == c) * share).sum(axis=1)[of != c] for c in classes]
    return pd.Series([p.mean() if len(p) else np.nan for p in found], classes)


def in_five(pictures: pd.DataFrame, classes: np.ndarray) -> np.ndarray:
    """Return whether the first five of each picture [n] hold a class [n]; NaN where it failed."""
    held = (pictures[FIVE].to_numpy(float) == np.asarray(classes, float)[:, None]).any(axis=1)
    return np.where(is_picture(pictures), held, np.nan)


def majority(truths: np.ndarray, of: pd.Series) -> pd.Series:
    """Return for each unit whether more than half of its seeds say so; NaN where all failed.

    truths: [n], NaN where a picture failed. of: the unit of each.
    """
    mean = pd.Series(truths, of.index).groupby(of).mean()
    return (mean > 0.5).astype(float).where(mean.notna())
