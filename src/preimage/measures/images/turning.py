"""How gradually one class turns into another from frame to frame."""

import numpy as np
from numpy.typing import NDArray


def largest_step(logits: NDArray[np.float32], a: int, b: int) -> float:
    """Return the largest change between two neighbouring frames, as a share of the whole way.

    logits: [frames, classes], NaN for frames that there are not, whose neighbours are neighbours
    then. The way is that of the logit of class `b` less the one of class `a`, from the first frame
    to the last: n frames that are evenly spread along it give 1 / (n - 1), and one leap gives 1 or
    more. NaN where nothing turns: where `a` is not ahead at first, or `b` not at last.
    """
    ahead = logits[:, b].astype(np.float64) - logits[:, a]
    known = ahead[np.isfinite(ahead)]
    if not len(known) or known[0] >= 0 or known[-1] <= 0:
        return np.nan
    return float(np.abs(np.diff(known)).max() / (known[-1] - known[0]))
