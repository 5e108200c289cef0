"""A heat map of groups: where the opposites of each group's classes are."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from preimage.figures.style import EMPTY, INK, PAPER, SEQUENTIAL, WIDTH, shortened

_CELL = 0.32  # inches, at least
_NAMES = 1.7  # inches beside and below the map


def seen(table: pd.DataFrame) -> pd.DataFrame:
    """Return rows OPPOSITE_GROUPS without the groups that have neither a class nor an opposite."""
    reached = table.groupby("opposite_group").share.transform("max") > 0
    return table[reached | table.opposite_group.isin(table.group)]


def size(table: pd.DataFrame) -> tuple[float, float]:
    """Return width and height in inches at which `draw_groups` can be read."""
    columns = max(1, table.opposite_group.nunique())
    width = max(WIDTH, _CELL * columns + _NAMES)
    cell = (width - _NAMES) / columns
    return width, min(cell, 2 * _CELL) * table.group.nunique() + _NAMES


def draw_groups(figure: Figure, table: pd.DataFrame) -> None:
    """Draw rows OPPOSITE_GROUPS of one network and seed; white is none.

    A cell is the share of a group's classes (down) whose opposite is in another (across). A
    triangle points up or down where it is above or below what 95 % of the shuffles give.
    """
    if table.empty:
        figure.text(0.5, 0.5, "no opposites of classes in groups", ha="center", color=INK)
        return
    rows, columns = list(table.group.unique()), list(table.opposite_group.unique())
    shares = table.pivot_table("share", "group", "opposite_group", sort=False)
    shares = shares.reindex(index=rows, columns=columns).to_numpy()
    axes = figure.subplots()
    image = axes.imshow(
        np.ma.masked_equal(shares, 0), vmin=0, vmax=1, cmap=SEQUENTIAL, aspect="auto"
    )
    for cell in table.itertuples():
        place = (columns.index(cell.opposite_group), rows.index(cell.group))
        ink = PAPER if 0 < cell.share < 0.55 else INK
        axes.text(*place, _text(cell), ha="center", va="center", color=ink, fontsize=5.5)
    counts = table.drop_duplicates("group").n
    named = [f"{shortened(group)} ({n})" for group, n in zip(rows, counts, strict=True)]
    axes.set_yticks(range(len(rows)), named)
    axes.set_xticks(range(len(columns)), map(shortened, columns), rotation=90)
    axes.set(ylabel="classes of", xlabel="their opposites are")
    axes.tick_params(length=0)
    axes.spines[:].set(visible=True, color=EMPTY)
    bar = figure.colorbar(image, ax=axes, shrink=0.6, pad=0.02, label="share of the classes")
    bar.outline.set_visible(False)


def _text(cell: object) -> str:
    """Return a share without its leading zero, and whether it is beyond chance."""
    mark = "▲" * (cell.share > cell.baseline_high) + "▼" * (cell.share < cell.baseline_low)
    share = f"{cell.share:.2f}".removeprefix("0") if cell.share else ""
    return f"{share}\n{mark}".strip()
