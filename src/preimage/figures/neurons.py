"""Neurons of a map: those asked for so far, as the right side of an animation, and what each one
more changes in the picture (code M2).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from preimage.figures.animation import AXES
from preimage.figures.style import COLOURS, FAINT, INK, PAPER

_WAITING, _ASKED, _NEW = "#e8e8e8", COLOURS[4], COLOURS[1]


class Newest(NamedTuple):
    """The neuron that a picture adds to all before it in reading order."""

    row: int
    column: int


class NeuronPanel:
    """The rows and columns of a map: those asked for so far, and the newest."""

    def __init__(self, figure: Figure, shape: tuple[int, int]) -> None:
        """Draw the axes, with a square for each neuron of `shape`, rows and columns."""
        self.axes = figure.add_axes(AXES, xlabel="column", ylabel="row")
        self._shape = shape
        self._grid = self.axes.imshow(np.ones((*shape, 3)), animated=True, aspect="equal")
        for axis in (self.axes.xaxis, self.axes.yaxis):
            axis.set_major_locator(MaxNLocator(9, integer=True))
        self._lines = [
            draw(at - 0.5, color=PAPER, linewidth=1, animated=True)
            for draw, count in zip((self.axes.axhline, self.axes.axvline), shape, strict=True)
            for at in range(1, count)
        ]
        paints = {"newest": _NEW, "asked for": _ASKED, "not yet": _WAITING}
        handles = [Patch(color=paint, label=name) for name, paint in paints.items()]
        self.axes.legend(
            handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(handles)
        )

    def moved(self, beside: Newest) -> Sequence[Artist]:
        """Return the squares, of their colours."""
        rows, columns = np.indices(self._shape)
        number = rows * self._shape[1] + columns
        newest = beside.row * self._shape[1] + beside.column
        conditions = [number == newest, number < newest]
        parts = [
            np.select(conditions, [new, asked], waiting)
            for new, asked, waiting in zip(*map(to_rgb, (_NEW, _ASKED, _WAITING)), strict=True)
        ]
        self._grid.set_data(np.stack(parts, axis=-1))
        return [self._grid, *self._lines]


def draw_changes(figure: Figure, changes: pd.DataFrame) -> None:
    """Draw, of rows READING_ORDER of one map, the change inside and outside the own area of each
    new neuron, by frame: left of all pixels that can reach it, right of its effective field.
    """
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    titles = ("pixels that can reach it", "its effective field")
    for axes, own, title in zip(panels, ("field", "disc"), titles, strict=True):
        _panel(axes, changes, own)
        axes.set(title=title, xlabel="frame")
    parts = ["inside_field", "outside_field", "inside_disc", "outside_disc"]
    highest = changes[parts].max(axis=None)
    panels[0].set_ylim(0, 1.05 * highest if highest > 0 else 1)
    panels[0].set_ylabel("mean absolute change\nfrom the frame before")
    handles, names = panels[1].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names))


def _panel(axes: Axes, changes: pd.DataFrame, own: str) -> None:
    inside, outside = changes[f"inside_{own}"], changes[f"outside_{own}"]
    axes.plot(changes.frame, inside, color=_NEW, marker="o", markersize=2, label="inside")
    axes.plot(changes.frame, outside, color=COLOURS[0], marker="s", markersize=2, label="outside")
    for frame in changes.frame[changes.column == 0]:
        axes.axvline(frame, color=FAINT, linewidth=0.5, linestyle=(0, (1, 3)), zorder=0)
    axes.plot([], [], color=FAINT, linewidth=0.5, linestyle=(0, (1, 3)), label="a new row")
    if outside.isna().all():
        axes.text(
            0.5, 0.5, "it is the whole picture", transform=axes.transAxes, ha="center", color=INK
        )
    axes.grid(axis="y")
