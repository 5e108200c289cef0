"""What a judge sees in pictures of two classes each: sums, differences, the weaker of two (code K).

====================  ========================================================================
statistic             over the pairs
====================  ========================================================================
A first, B first      share where that class is the judge's first
one first             share where either is
both in two, in five  share where both are among its first two, or five
A not B in five       share where A is among its first five and B is not
probability A + B     mean probability of either
probability weaker    mean probability of the less likely one of the two
====================  ========================================================================

The baseline shuffles the pairs among the pictures: what the judge's favourite answers would give
without any relation to what was asked. Pictures of a pair by several seeds are no more than one
pair: their mean counts. Shares have Wilson intervals with the number of pairs, which are too wide
rather than too short where seeds differ; means have a bootstrap over pairs. Both take pairs as
independent, though they may share a class.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from preimage.measures.images.predictions import softmax, with_logits
from preimage.measures.statistics.intervals import mean, share
from preimage.measures.statistics.shuffles import against_shuffles
from preimage.status import PICTURES
from preimage.tables.comparisons import PAIRS

BOTH_IN_FIVE, A_NOT_B_IN_FIVE = "both in five", "A not B in five"

# Scores of a pair with pictures, from ranks (1 is first) and probabilities of A and B.
_OF_RANKS: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "A first": lambda a, b: a == 1,
    "B first": lambda a, b: b == 1,
    "one first": lambda a, b: (a == 1) | (b == 1),
    "both in two": lambda a, b: (a <= 2) & (b <= 2),
    BOTH_IN_FIVE: lambda a, b: (a <= 5) & (b <= 5),
    A_NOT_B_IN_FIVE: lambda a, b: (a <= 5) & (b > 5),
}
_OF_PROBABILITIES: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "probability A + B": np.add,
    "probability weaker": np.minimum,
}


def pairs(predictions: pd.DataFrame, logits: pd.DataFrame) -> pd.DataFrame:
    """Return the table PAIRS of rows PREDICTIONS and LOGITS of the same pictures, of pairs all."""
    group = ["code", "set", "network", "judge"]
    rows = []
    for keys, told in with_logits(predictions, logits).groupby(group, sort=False):
        fine = told[told.status.isin(PICTURES)]
        about = dict(zip(group, keys, strict=True)) | {"degenerate": len(told) - len(fine)}
        rows += [about | row for row in _rows(fine)]
    return pd.DataFrame(rows, columns=PAIRS.names)


def _rows(told: pd.DataFrame) -> list[dict[str, object]]:
    if told.empty:
        return []
    logits = np.stack(told.logits)
    ranks = np.argsort(np.argsort(-logits, axis=1, kind="stable"), axis=1) + 1
    of_ranks = _scores(_OF_RANKS, ranks, told)
    of_probabilities = _scores(_OF_PROBABILITIES, softmax(logits), told)
    return [
        {"statistic": name, **against_shuffles(scores, estimate)}
        for found, estimate in ((of_ranks, share), (of_probabilities, mean))
        for name, scores in found.items()
    ]


def _scores(
    statistics: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]],
    values: np.ndarray,
    told: pd.DataFrame,
) -> dict[str, np.ndarray]:
    """Return for each statistic the scores [i, j] of pair i with pair j: the mean of its seeds."""
    asked = ["class_a", "class_b"]
    a, b = (values.T[of] for of in told[asked].drop_duplicates().to_numpy(int).T)
    seeds = np.eye(len(a))[told.groupby(asked, sort=False).ngroup()]  # [pictures, pairs]
    return {name: score(a, b) @ seeds / seeds.sum(axis=0) for name, score in statistics.items()}
