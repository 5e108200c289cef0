"""The rows of a comparison of features: those, and seeds, that all columns have.

No more than MOST pictures a column, for every one is compared with every other: features evenly
spread over all of them, with all of their seeds.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from preimage.errors import UserError
from preimage.plans import Plan

ROW = ["item", "seed"]
MOST = 64


class Column(Plan):
    """The pictures of an image set by a network, what they are called, and their recipe."""

    set: str
    network: str
    title: str
    recipe: dict[str, Any]


class Comparison(Plan):
    """Columns of pictures of the same features; the name and the experiment's code."""

    name: str
    code: str
    columns: list[Column]


def aligned(pictures: pd.DataFrame, columns: Sequence[Column]) -> list[pd.DataFrame]:
    """Return the pictures of each column, all with the same rows, in the order of the first.

    `pictures` are rows of a table of items. Raises UserError where the columns have no feature and
    seed in common.
    """
    parts = [pictures[(pictures.set == c.set) & (pictures.network == c.network)] for c in columns]
    rows = parts[0][ROW]
    for part in parts[1:]:
        rows = rows.merge(part[ROW], on=ROW)
    if rows.empty:
        titles = ", ".join(c.title for c in columns)
        raise UserError(f"no feature and seed is in all of {titles}")
    rows = _spread(rows)
    return [rows.merge(part, on=ROW, validate="one_to_one") for part in parts]


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of some features, evenly spread, with all of their seeds."""
    items = rows["item"].unique()
    most = min(len(items), max(2, MOST // rows["seed"].nunique()))
    chosen = items[np.linspace(0, len(items) - 1, most).round().astype(int)]
    return rows[rows["item"].isin(chosen)].reset_index(drop=True)
