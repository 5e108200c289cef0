"""What a judge sees in pictures of two classes each: sums, differences, the weaker of two (code K).

====================  ========================================================================
statistic             over the pictures
====================  ========================================================================
A first, B first      share where that class is the judge's first
one first             share where either is
both in two, in five  share where both are among its first two, or five
A not B in five       share where A is among its first five and B is not
probability A + B     mean probability of either
probability weaker    mean probability of the less likely one of the two
====================  ========================================================================

The baseline shuffles the pairs among the pictures: what the judge's favourite answers would give
without any relation to what was asked. Shares have Wilson intervals, means a bootstrap over
pictures; both take pictures as independent, though pairs may share a class.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from preimage.measures.predictions import softmax, with_logits
from preimage.measures.shuffles import against_shuffles
from preimage.status import OK
from preimage.tables.comparisons import PAIRS

BOTH_IN_FIVE, A_NOT_B_IN_FIVE = "both in five", "A not B in five"

# Scores [i, j] of pair i with picture j, from ranks (1 is first) and probabilities of A and B.
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
        fine = told[told.status == OK]
        about = dict(zip(group, keys, strict=True)) | {"degenerate": len(told) - len(fine)}
        rows += [about | row for row in _rows(fine)]
    return pd.DataFrame(rows, columns=PAIRS.names)


def _rows(told: pd.DataFrame) -> list[dict[str, object]]:
    if told.empty:
        return []
    logits = np.stack(told.logits)
    ranks = np.argsort(np.argsort(-logits, axis=1, kind="stable"), axis=1) + 1
    scores = _scores(_OF_RANKS, ranks, told) | _scores(_OF_PROBABILITIES, softmax(logits), told)
    return [{"statistic": s, **against_shuffles(found)} for s, found in scores.items()]


def _scores(
    statistics: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]],
    values: np.ndarray,
    told: pd.DataFrame,
) -> dict[str, np.ndarray]:
    """Return the scores [i, j] of pair i with the values of picture j, for each statistic."""
    a, b = (values.T[told[column].to_numpy(int)] for column in ("class_a", "class_b"))
    return {name: score(a, b) for name, score in statistics.items()}
