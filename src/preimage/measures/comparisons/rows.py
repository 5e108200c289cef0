"""The rows of a comparison: classes, or pairs of them, and seeds that all columns have."""

from collections.abc import Sequence

import pandas as pd

from preimage.errors import UserError
from preimage.measures.comparisons.sides import Side

ROW = ["class_a", "class_b", "seed"]


def in_rows(pictures: pd.DataFrame, sides: Sequence[Side]) -> list[pd.DataFrame]:
    """Return the pictures of each side, all with the same rows in the same order.

    `pictures` are rows of a table of items, of which each side takes those of its set and network.
    class_a and class_b become those of the row, and two columns are new: `classes`, the row's
    address, and `own`, a number for what a picture is of, whatever its seed. Raises UserError where
    the sides have no row in common.
    """
    parts = [_of(pictures, side) for side in sides]
    rows = None
    for keys, part in sorted(parts, key=lambda part: -len(part[0])):  # whole rows, then halves
        rows = part[keys] if rows is None else rows.merge(part[keys], on=keys)
    if rows is None or rows.empty:
        raise UserError(f"no class and seed is in all of {', '.join(s.title for s in sides)}")
    rows = rows.sort_values(ROW).reset_index(drop=True)
    return [
        _numbered(rows.merge(part, on=keys, validate="many_to_one"), keys) for keys, part in parts
    ]


def _of(pictures: pd.DataFrame, side: Side) -> tuple[list[str], pd.DataFrame]:
    """Return the keys that a side's pictures have of a row, and the pictures."""
    part = pictures[(pictures.set == side.set) & (pictures.network == side.network)]
    part = part.assign(**{key: part[key].fillna(-1).astype("int64") for key in ROW})
    if side.of is None:
        return ROW, part
    letter = f"class_{side.of.lower()}"
    own = part.drop(columns="class_b").rename(columns={"class_a": letter})
    return [letter, "seed"], own


def _addresses(frame: pd.DataFrame) -> list[str]:
    pairs = zip(frame.class_a, frame.class_b, strict=True)
    return [f"{a:03d}" if b < 0 else f"{a:03d}+{b:03d}" for a, b in pairs]


def _numbered(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return the frame with its new columns, and empty where a row has no second class."""
    own = frame.groupby([key for key in keys if key != "seed"]).ngroup()
    gaps = frame.class_b.astype("Int64").mask(frame.class_b < 0)
    return frame.assign(classes=_addresses(frame), own=own, class_b=gaps)
