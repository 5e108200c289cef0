"""A share or mean with its 95 % interval, beside what shuffling the results gives."""

from collections.abc import Callable

import numpy as np

from preimage.measures.statistics.intervals import UNKNOWN, Chance, Estimate, mean, share, shuffled


def against_shuffles(
    scores: np.ndarray, estimate: Callable[[np.ndarray], Estimate] | None = None
) -> dict[str, float]:
    """Return value, low and high of the mean of the diagonal, and baseline_low ... of shuffles.

    scores: [n, n] of what is asked of picture i with the result of picture j. estimate: makes the
    interval; without it truths have Wilson's, and numbers a bootstrap. All is NaN, and `items` 0,
    without pictures.
    """
    own = np.diagonal(scores)
    estimate = estimate or (share if scores.dtype == bool else mean)
    chance = shuffled(scores) if len(own) else Chance(*UNKNOWN, np.nan)
    return {**estimate(own)._asdict(), **chance.columns(), "items": len(own)}
