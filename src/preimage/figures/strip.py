"""A strip: some of the frames of an animation in a row."""

import numpy as np
import pandas as pd

from preimage.blocks import with_pixels

IN_STRIP = 8  # pictures
SIDE = 160  # px, of each of these


def in_strip(rows: pd.DataFrame) -> pd.DataFrame:
    """Return some rows with their pixels, evenly spread, the first and the last among them."""
    places = np.unique(np.linspace(0, len(rows) - 1, IN_STRIP).round().astype(int))
    return with_pixels(rows.iloc[places])
