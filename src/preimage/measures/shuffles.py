"""A share or mean with its 95 % interval, beside what shuffling the results gives."""

import numpy as np

from preimage.measures.intervals import UNKNOWN, Chance, mean, share, shuffled


def against_shuffles(scores: np.ndarray) -> dict[str, float]:
    """Return value, low and high of the mean of the diagonal, and baseline_low ... of shuffles.

    scores: [n, n] of what is asked of picture i with the result of picture j; truths have Wilson's
    interval, numbers a bootstrap. All is NaN, and `items` 0, without pictures.
    """
    own = np.diagonal(scores)
    estimate = share(own) if scores.dtype == bool else mean(own)
    chance = shuffled(scores) if len(own) else Chance(*UNKNOWN, np.nan)
    return {
        **estimate._asdict(),
        "baseline": chance.mean,
        "baseline_low": chance.low,
        "baseline_high": chance.high,
        "p_value": chance.p_value,
        "items": len(own),
    }
