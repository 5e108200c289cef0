"""How much of a picture is yellow, and how much red: of what is seen, clipped to 0 .. 1."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from skimage.color import rgb2hsv

from preimage.blocks import read_image
from preimage.measures.comparisons.sides import Comparison
from preimage.status import FAILED

# Judgements, ours: degrees of hue from and to, and the saturation and value of HSV from which on a
# pixel has a colour that anyone would name.
BANDS = {"yellow": (40, 70), "red": (335, 25)}
_SATURATED, _LIT = 0.4, 0.2


def hues(picture: np.ndarray) -> dict[str, float]:
    """Return the share of pixels of an RGB picture [3, S, S] that have each of the colours."""
    hue, saturation, value = rgb2hsv(np.clip(picture, 0, 1).astype(np.float64), channel_axis=0)
    vivid, degrees = (saturation >= _SATURATED) & (value >= _LIT), 360 * hue
    return {name: float((vivid & _within(degrees, *ends)).mean()) for name, ends in BANDS.items()}


def _within(degrees: np.ndarray, start: float, end: float) -> np.ndarray:
    """Return which degrees lie from start to end, going round."""
    return (degrees - start) % 360 <= (end - start) % 360


def hues_of(comparison: Comparison, columns: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return rows HUES of a comparison, NaN where a picture failed.

    columns: what `in_rows` returns.
    """
    none, found = dict.fromkeys(BANDS, np.nan), []
    for side, column in zip(comparison.sides, columns, strict=True):
        shares = [
            hues(read_image(row.file, row.row)) if row.status not in FAILED else none
            for row in column.itertuples()
        ]
        about = column[["classes", "class_a", "class_b", "seed"]].reset_index(drop=True)
        about = about.assign(code=comparison.code, comparison=comparison.name, one=side.title)
        found.append(about.join(pd.DataFrame(shares)))
    return pd.concat(found)
