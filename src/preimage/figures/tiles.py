"""Pictures as tiles of a sheet: above what was asked for, below what their own network says."""

import pandas as pd

from preimage.figures.pictures import KEY, wanted
from preimage.figures.sheet import Tile


def tiles(frame: pd.DataFrame, said: pd.DataFrame) -> list[Tile]:
    """Return a tile for each row of `frame`, labelled by what `said` knows of it."""
    several = frame.seed.nunique() > 1
    return [_tile(row, said, several) for _, row in frame.iterrows()]


def _tile(row: pd.Series, said: pd.DataFrame, several: bool) -> Tile:
    asked = row.target.replace("-", "−", 1) if row.target.startswith("-") else row.target
    title = f"{asked} · seed {row.seed}" if several else asked
    key = tuple(row[KEY])
    if row.pixels is None:
        return Tile(title, None, status=row.status)
    if key not in said.index or pd.isna(said.top1[key]):
        return Tile(title, row.pixels, note="not judged")
    words = said.loc[key]
    hit = int(words.top1) in wanted(row)
    return Tile(title, row.pixels, words.top1_name, f"{words.top1_probability:.2f}", hit)
