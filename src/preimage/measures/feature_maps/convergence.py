"""Whether descents come to rest (code N0)."""

import numpy as np
import pandas as pd

_PICTURE = ["set", "network", "item", "seed"]
_REST, _PART = 0.05, 0.1  # of the fall of the loss, in the last tenth of the steps


def converged(traces: pd.DataFrame) -> pd.DataFrame:
    """Return which descents of rows TRACE converged: a row a picture, with the column `converged`.

    That is, the loss fell, and less than a twentieth of that in the last tenth of the steps.
    """
    rows = traces.sort_values([*_PICTURE, "iteration"])
    place = rows.groupby(_PICTURE).cumcount()
    count = rows.groupby(_PICTURE)["iteration"].transform("size")
    late = (place == np.floor((1 - _PART) * (count - 1))).to_numpy()
    found = rows.groupby(_PICTURE).loss.agg(["first", "last"])
    found["late"] = rows[late].set_index(_PICTURE).loss
    fall = found["first"] - found["last"]
    rest = (found["late"] - found["last"]).abs() < _REST * fall
    return found.assign(converged=rest & (fall > 0)).reset_index()[[*_PICTURE, "converged"]]
