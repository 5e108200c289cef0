"""What is left of photos by layer: distances and input gradients, shallow layers left."""

from collections.abc import Sequence
from functools import partial
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from preimage.errors import UserError
from preimage.figures.style import COLOURS, FAINT, INK, PAPER, Plot, bars, colour, marker
from preimage.measures.depth.stages import Run

NEIGHBOURS = {"m_r_25": "noise of 1/25", "m_r_18": "noise of 1/18"}
FOUND = {
    "m_g": ("m_g = |O(a) − O(a_g)|, of the layer", COLOURS[1]),
    "m_i": ("m_i = |a − a_g|, of the pictures", COLOURS[0]),
}
_DASHES = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (4, 1.5, 1, 1.5)))
_COLUMNS = 2


def distances_plot(depth: pd.DataFrame, runs: Sequence[Run]) -> Plot:
    """Return the plot of `draw_distances`, of all runs."""
    about = _about("distances", runs)
    draw = partial(draw_distances, depth=depth, runs=runs)
    return Plot(draw, about, height(len(about["network"])))


def gradients_plot(depth: pd.DataFrame, runs: Sequence[Run]) -> Plot:
    """Return the plot of `draw_gradients`, of the runs of one image set."""
    return Plot(partial(draw_gradients, depth=depth, runs=runs), _about("gradients", runs), 3.4)


def _about(what: str, runs: Sequence[Run]) -> dict[str, Any]:
    """Return the address of a plot of some runs."""
    layers = dict.fromkeys(layer for run in runs for layer in run.layers)
    named = {key: list(dict.fromkeys(getattr(r, key) for r in runs)) for key in ("set", "network")}
    return {**named, "show": what, "layer": list(layers)}


def panels(figure: Figure, count: int) -> list[Axes]:
    """Return `count` panels in rows of two, each row with one axis of ordinates."""
    columns = min(_COLUMNS, count)
    grid = figure.subplots(ceil(count / columns), columns, squeeze=False, sharey="row").ravel()
    for axes in grid[count:]:
        axes.set_visible(False)
    return list(grid[:count])


def height(count: int) -> float:
    """Return the height in inches of a figure with `count` of these panels."""
    return 1.0 + 2.6 * ceil(count / _COLUMNS)


def draw_distances(figure: Figure, depth: pd.DataFrame, runs: Sequence[Run]) -> None:
    """Draw m_r, m_g and m_i by layer from rows of DEPTH: a panel a network, a dash an image set.

    Bars are 95 % intervals over photos. m_r, which no descent changes, is that of the set of most
    layers.
    """
    networks = list(dict.fromkeys(run.network for run in runs))
    sets = {run.set: run.blur for run in runs}
    for axes, network in zip(panels(figure, len(networks)), networks, strict=True):
        own = [run for run in runs if run.network == network]
        rows = [_of(depth, run) for run in own]
        longest = max(rows, key=len)
        layers = list(pd.concat([longest, *rows]).index.unique())
        places = _places(longest, layers)
        for column, dash in zip(NEIGHBOURS, _DASHES, strict=False):
            _line(axes, longest, column, places, color=FAINT, linestyle=dash, linewidth=1.0)
        for run, found in zip(own, rows, strict=True):
            place = list(sets).index(run.set)
            places = _places(found, layers) + 0.08 * place
            for column, (_, paint) in FOUND.items():
                _line(axes, found, column, places, color=paint, **_look(place))
        axes.set_yscale("log")
        axes.set_title(f"{network}\n{_state(own[0])}, {_count(pd.concat(rows))}")
        _name_layers(axes, layers)
        axes.grid(axis="y")
    for axes in figure.axes:
        if axes.get_subplotspec().is_first_col():
            axes.set_ylabel("Euclidean distance")
    figure.legend(handles=_handles(sets), loc="outside lower center", ncols=2)


def _look(place: int) -> dict[str, object]:
    hollow = {"markerfacecolor": PAPER} if place else {}
    return {"linestyle": _DASHES[place % len(_DASHES)], "marker": marker(place), **hollow}


def _handles(sets: dict[str, bool]) -> list[Line2D]:
    found = [Line2D([], [], color=paint, label=label) for label, paint in FOUND.values()]
    near = [
        Line2D([], [], color=FAINT, linestyle=dash, label=f"m_r = |O(a) − O(a′)|, {noise}")
        for noise, dash in zip(NEIGHBOURS.values(), _DASHES, strict=False)
    ]
    named = [
        Line2D([], [], color=INK, markersize=3.5, **_look(i), label=_with_blur(name, blur))
        for i, (name, blur) in enumerate(sets.items())
    ]
    return [*found, *near, *named]


def _with_blur(name: str, blur: bool) -> str:
    return f"{name.replace('_', ' ')}, {'with' if blur else 'without'} blur"


def _state(run: Run) -> str:
    return "trained on noise" if run.state == "noise" else run.state


def _count(rows: pd.DataFrame) -> str:
    low, high = rows.photos.min(), rows.photos.max()
    number = f"{high}" if low == high else f"{low} to {high}"
    return f"{number} photo{'' if number == '1' else 's'}"


def draw_gradients(figure: Figure, depth: pd.DataFrame, runs: Sequence[Run]) -> None:
    """Draw deviation and mean of the first input gradient by layer from rows of DEPTH.

    A line a network, all of one image set; layers of different names stand by their place.
    """
    left, right = figure.subplots(1, 2)
    for i, run in enumerate(runs):
        look = {"color": colour(i), "marker": marker(i), "label": f"{run.network} ({_state(run)})"}
        places = np.arange(len(run.layers)) + 0.06 * (i - (len(runs) - 1) / 2)
        _line(left, _of(depth, run), "gradient_std", places, **look)
        _line(right, _of(depth, run), "gradient_mean", places, **look)
    left.set(yscale="log", title="Standard deviation of the input gradient")
    right.set(title="Its mean, in standard deviations")
    right.axhline(0, color=FAINT, linewidth=0.6, zorder=0)
    names = {run.layers for run in runs}
    longest = max(runs, key=lambda run: len(run.layers)).layers
    shared = longest if len(names) == 1 else [str(i + 1) for i in range(len(longest))]
    for axes in (left, right):
        _name_layers(axes, shared)
        axes.grid(axis="y")
        if len(names) > 1:
            axes.set_xlabel("layer, from shallow to deep")
    figure.legend(handles=_plain(left), loc="outside lower center", ncols=2)


def _plain(axes: Axes) -> list[Line2D]:
    """Return the lines of a legend without the bars of the intervals."""
    return [line for line in axes.get_lines() if not line.get_label().startswith("_")]


def _of(depth: pd.DataFrame, run: Run) -> pd.DataFrame:
    rows = depth[(depth.set == run.set) & (depth.network == run.network)].set_index("layer")
    if missing := [layer for layer in run.layers if layer not in rows.index]:
        raise UserError(f"nothing by depth of {', '.join(missing)} of {run}")
    return rows.loc[list(run.layers)]


def _places(rows: pd.DataFrame, layers: Sequence[str]) -> np.ndarray:
    """Return where the layers of rows stand among all of a panel."""
    return np.array([layers.index(layer) for layer in rows.index])


def _line(axes: Axes, rows: pd.DataFrame, column: str, places: np.ndarray, **look: object) -> None:
    """Draw a column of DEPTH at places, with the intervals as bars where there are any."""
    look = {"markersize": 3.5} | look
    axes.plot(places, rows[column], **look)
    bars(axes, places, rows[f"{column}_low"], rows[f"{column}_high"], look["color"])


def _name_layers(axes: Axes, layers: Sequence[str]) -> None:
    slanted = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if _long(layers) else {}
    axes.set_xticks(range(len(layers)), layers, **slanted)


def _long(layers: Sequence[str]) -> bool:
    return sum(map(len, layers)) > 30
