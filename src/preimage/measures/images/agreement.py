"""How far judges agree with the network that made the pictures (code A3)."""

import numpy as np
import pandas as pd

from preimage.measures.statistics.intervals import UNKNOWN, Estimate, correlation, mean, share
from preimage.status import OK, PICTURES
from preimage.tables.images import AGREEMENT

_GROUP = ["set", "network", "judge"]
_PICTURE = ["set", "network", "item", "seed"]


def agreement(predictions: pd.DataFrame, distances: pd.DataFrame) -> pd.DataFrame:
    """Return the table AGREEMENT: one row per set, network that made it, and judge.

    `predictions` are rows of all judges; `distances` are rows DISTANCES of the sets that have
    them, and other sets go without correlations. Pictures that failed are counted as degenerate
    and else left out. Shares have Wilson intervals, means a bootstrap over pictures,
    correlations (of L2 distances over pairs of classes) a bootstrap over classes.
    """
    own = predictions[predictions["judge"] == predictions["network"]]
    own = own[[*_PICTURE, "top1", "status"]].rename(
        columns={"top1": "own_top1", "status": "own_status"}
    )
    compared = predictions.merge(own, on=_PICTURE, how="left", validate="many_to_one")
    rows = [
        {
            **dict(zip(_GROUP, keys, strict=True)),
            **_labels(group),
            **_correlations(distances, *keys),
        }
        for keys, group in compared.groupby(_GROUP, sort=False)
    ]
    return pd.DataFrame(rows, columns=AGREEMENT.names)


def _labels(group: pd.DataFrame) -> dict[str, float]:
    fine = group[group["status"].isin(PICTURES) & group["own_status"].fillna(OK).isin(PICTURES)]
    asked = fine[fine["rank_a"].notna()]
    both = fine[fine["own_top1"].notna()]
    rank = asked["rank_a"].to_numpy(np.int64)
    found = {
        "top1_agreement": share((both["top1"] == both["own_top1"]).to_numpy(bool)),
        "target_top1": share(rank == 1),
        "target_top5": share(rank <= 5),
        "mean_probability": mean(asked["probability_a"].to_numpy()),
        "mean_logit": mean(asked["logit_a"].to_numpy()),
    }
    return {"items": len(fine), "degenerate": len(group) - len(fine), **_columns(found)}


def _columns(found: dict[str, Estimate]) -> dict[str, float]:
    return {
        column: value
        for name, estimate in found.items()
        for column, value in estimate.columns(name).items()
    }


def _correlations(
    distances: pd.DataFrame, image_set: str, network: str, judge: str
) -> dict[str, float]:
    rows = distances[(distances["set"] == image_set) & (distances["network"] == network)]
    pair = ["seed", "class_a", "class_b"]
    theirs, makers = (rows[rows["judge"] == who][[*pair, "l2"]] for who in (judge, network))
    both = theirs.merge(makers, on=pair, suffixes=("", "_maker"), validate="one_to_one")
    # Replicates of a class are one item: their distances are averaged before they are compared.
    both = both.groupby(["class_a", "class_b"], as_index=False)[["l2", "l2_maker"]].mean()
    if both.empty:
        return _columns({"pearson": UNKNOWN, "spearman": UNKNOWN})
    ranks = both.assign(**{name: both[name].rank() for name in ("l2", "l2_maker")})
    # The resamples keep the ranks of the whole sample; ranking each anew would change them little.
    return _columns(
        {
            "pearson": correlation(_square(both, "l2"), _square(both, "l2_maker")),
            "spearman": correlation(_square(ranks, "l2"), _square(ranks, "l2_maker")),
        }
    )


def _square(pairs: pd.DataFrame, column: str) -> np.ndarray:
    """Return the symmetric matrix of what is there for each pair of classes, NaN for no pair."""
    classes = np.unique(pairs[["class_a", "class_b"]].to_numpy())
    a, b = (np.searchsorted(classes, pairs[name]) for name in ("class_a", "class_b"))
    matrix = np.full((len(classes), len(classes)), np.nan)
    matrix[a, b] = matrix[b, a] = pairs[column]
    return matrix
