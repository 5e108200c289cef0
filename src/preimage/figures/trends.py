"""What the maps of layers look like, by depth: a panel a measure, a line a run."""

from collections.abc import Sequence
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from preimage.errors import UserError
from preimage.figures.style import FAINT, Plot, bars, colour, marker

Run = tuple[str, str]
"""Image set and network."""

PANELS = {
    "colourfulness": ("Colourfulness", ""),
    "contrast": ("RMS contrast", "of the luminance"),
    "oriented_contrast": ("Contrast in edges of one direction", "of the luminance"),
    "local_coherence": ("Coherence of edges in small windows", "0 .. 1"),
    "entropy": ("Entropy of the luminance", "bit"),
    "cycles": ("Dominant frequency", "cycles/picture"),
    "centroid_cycles": ("Mean frequency", "cycles/picture"),
    "objectness": ("Objectness to other networks", "0: as with scrambled phases"),
    "coherence": ("Coherence of edges in the whole picture", "0 .. 1"),
}
_MOST = 8  # panels: without other networks the last one takes the place of objectness
_ACROSS = 2
_NAMES = 24  # of layers, which a panel has room for
_STARTS = (0, (1, 1.5))


def trends_plot(layers: pd.DataFrame, starts: pd.DataFrame, runs: Sequence[Run]) -> Plot:
    """Return what the maps of some runs look like by depth, from rows LAYERS_BY_DEPTH and
    FEATURE_STARTS of a study.

    Raises UserError for a run without layers.
    """
    if missing := [run for run in runs if _of(layers, run).empty]:
        raise UserError(f"there are no layers of the run {' of '.join(missing[0])}")
    shown = list(dict.fromkeys(layers.layer))

    def draw(figure: Figure) -> None:
        draw_trends(figure, layers, starts, runs)

    named = [{"set": image_set, "network": network} for image_set, network in runs]
    return Plot(draw, {"runs": named, "layer": shown}, _height(shown))


def _height(layers: Sequence[str]) -> float:
    """Return the height in inches of the figure, of which the names of layers take some."""
    return 7.6 + 0.045 * max(map(len, layers))


def draw_trends(
    figure: Figure, layers: pd.DataFrame, starts: pd.DataFrame, runs: Sequence[Run]
) -> None:
    """Draw each measure by the place of the layer from rows LAYERS_BY_DEPTH and FEATURE_STARTS.

    Bars are 95 % intervals over maps. Dotted: what the run's recipe makes of its start alone.
    """
    panels = [column for column in PANELS if column != "objectness" or _is_told(layers)][:_MOST]
    grid = figure.subplots(len(panels) // _ACROSS, _ACROSS, sharex=True)
    names = {tuple(_of(layers, run).layer) for run in runs}
    for axes, column in zip(grid.ravel(), panels, strict=True):
        for i, run in enumerate(runs):
            shift = 0.08 * (i - (len(runs) - 1) / 2)
            _line(axes, _of(layers, run), column, i, shift)
            for value in _of(starts, run).get(column, pd.Series()).dropna():
                axes.axhline(value, color=colour(i), linestyle=_STARTS, linewidth=0.9, zorder=1)
        axes.set_title(PANELS[column][0])
        axes.set_ylabel(PANELS[column][1])
        axes.grid(axis="y")
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
    for axes in grid[-1]:
        _name_layers(axes, sorted(names, key=len)[-1], len(names) > 1)
    figure.align_ylabels(grid)
    figure.legend(handles=_handles(runs), loc="outside lower center", ncols=2)


def _is_told(layers: pd.DataFrame) -> bool:
    """Say whether other networks have judged any pictures."""
    return bool(layers.objectness.notna().any())


def _of(frame: pd.DataFrame, run: Run) -> pd.DataFrame:
    return frame[(frame["set"] == run[0]) & (frame.network == run[1])]


def _line(axes: Axes, rows: pd.DataFrame, column: str, index: int, shift: float) -> None:
    places = rows.depth + shift
    look = {"color": colour(index), "marker": marker(index), "markersize": 3.5}
    axes.plot(places, rows[column], **look)
    bars(axes, places, rows[f"{column}_low"], rows[f"{column}_high"], colour(index))


def _name_layers(axes: Axes, layers: Sequence[str], several: bool) -> None:
    """Name some of the layers, or number them where they are not the same for all runs."""
    places = np.arange(0, len(layers), ceil(len(layers) / _NAMES))
    if several:
        axes.set_xlabel("place of the layer, from shallow to deep")
        axes.set_xticks(places, [str(place + 1) for place in places])
    else:
        names = [layers[place] for place in places]
        axes.set_xticks(places, names, rotation=40, ha="right", rotation_mode="anchor")


def _handles(runs: Sequence[Run]) -> list[Line2D]:
    lines = [
        Line2D([], [], color=colour(i), marker=marker(i), markersize=3.5, label=f"{n}, {s}")
        for i, (s, n) in enumerate(runs)
    ]
    label = "the start, as the recipe leaves it without a gradient"
    return [*lines, Line2D([], [], color=FAINT, linestyle=_STARTS, label=label)]
