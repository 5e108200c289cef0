"""The rows of a comparison of features: those, and seeds, that all columns have.

No more than MOST pictures a column, for every one is compared with every other: features evenly
spread over all of them, with all of their seeds.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from preimage.errors import UserError

ROW = ["item", "seed"]
MOST = 64


def aligned(pictures: pd.DataFrame, columns: Sequence[Mapping[str, str]]) -> list[pd.DataFrame]:
    """Return the pictures of each column, all with the same rows, in the order of the first.

    `pictures` are rows of a table of items; a column has a set, a network and a title. Raises
    UserError where the columns have no feature and seed in common.
    """
    parts = [
        pictures[(pictures.set == c["set"]) & (pictures.network == c["network"])] for c in columns
    ]
    rows = parts[0][ROW]
    for part in parts[1:]:
        rows = rows.merge(part[ROW], on=ROW)
    if rows.empty:
        titles = ", ".join(c["title"] for c in columns)
        raise UserError(f"no feature and seed is in all of {titles}")
    rows = _spread(rows)
    return [rows.merge(part, on=ROW, validate="one_to_one") for part in parts]


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of some features, evenly spread, with all of their seeds."""
    items = rows["item"].unique()
    most = min(len(items), max(2, MOST // rows["seed"].nunique()))
    chosen = items[np.linspace(0, len(items) - 1, most).round().astype(int)]
    return rows[rows["item"].isin(chosen)].reset_index(drop=True)
