"""The way of a descent between two distances: that of the layer and that of the picture."""

from collections.abc import Sequence
from functools import partial

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from preimage.figures.depth import FOUND, height, panels
from preimage.figures.style import INK, PAPER, SEQUENTIAL, Plot
from preimage.measures.depth.stages import Run
from preimage.status import OK

_LIGHTEST = 0.9  # the end of the scale that can be seen on white
_DESCENT = ["set", "network", "item", "seed"]


def trajectories_plot(
    traces: pd.DataFrame, reconstructions: pd.DataFrame, runs: Sequence[Run]
) -> Plot:
    """Return the plot of `draw_trajectories`, of the runs of one image set.

    traces, reconstructions: all rows TRACE and RECONSTRUCTIONS.
    """
    descents = reconstructions[reconstructions.set == runs[0].set]
    about = {"set": runs[0].set, "network": [run.network for run in runs]}
    about |= {key: list(descents[key].unique()) for key in ("layer", "photo", "recipe")}
    fine = descents[descents.status == OK]
    draw = partial(draw_trajectories, traces=traces, descents=fine, runs=runs)
    return Plot(draw, about, height(len(runs)))


def draw_trajectories(
    figure: Figure, traces: pd.DataFrame, descents: pd.DataFrame, runs: Sequence[Run]
) -> None:
    """Draw m_g against m_i along each descent: a panel a network, a colour a layer.

    traces: rows of TRACE. descents: rows of RECONSTRUCTIONS of status ok, which are drawn. runs:
    of one image set. A ring is the start, a dot the last step.
    """
    longest = max((run.layers for run in runs), key=len)
    steps = traces.sort_values("iteration").merge(descents[[*_DESCENT, "layer"]], on=_DESCENT)
    for axes, run in zip(panels(figure, len(runs)), runs, strict=True):
        own = steps[(steps.set == run.set) & (steps.network == run.network)]
        for (_, _, layer), trace in own.groupby(["item", "seed", "layer"], sort=False):
            _trajectory(axes, trace, _colour(run, layer, longest))
        axes.set(xscale="log", yscale="log", title=run.network)
        axes.set_xlabel(FOUND["m_i"][0])
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(FormatStrFormatter("%g"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        if axes.get_subplotspec().is_first_col():
            axes.set_ylabel(FOUND["m_g"][0])
        axes.grid()
    figure.legend(handles=_handles(runs, longest), loc="outside lower center", ncols=5)


def _trajectory(axes: Axes, trace: pd.DataFrame, paint: tuple[float, ...]) -> None:
    axes.plot(trace.m_i, trace.m_g, color=paint, linewidth=0.9, alpha=0.8)
    ends = {"marker": "o", "markersize": 3.5, "color": paint, "zorder": 3}
    axes.plot(trace.m_i.iloc[:1], trace.m_g.iloc[:1], markerfacecolor=PAPER, **ends)
    axes.plot(trace.m_i.iloc[-1:], trace.m_g.iloc[-1:], **ends)


def _colour(run: Run, layer: str, longest: Sequence[str]) -> tuple[float, ...]:
    """Return the colour of a layer, the same in all networks whose layers `longest` holds."""
    layers = longest if {*run.layers} <= {*longest} else run.layers
    place = layers.index(layer) / max(1, len(layers) - 1)
    return mpl.colormaps[SEQUENTIAL](_LIGHTEST * (1 - place))


def _handles(runs: Sequence[Run], longest: Sequence[str]) -> list[Line2D]:
    named = {(layer, _colour(run, layer, longest)): None for run in runs for layer in run.layers}
    ends = {"color": INK, "marker": "o", "markersize": 3.5, "linestyle": "none"}
    return [
        *(Line2D([], [], color=paint, linewidth=2, label=layer) for layer, paint in named),
        Line2D([], [], markerfacecolor=PAPER, label="start", **ends),
        Line2D([], [], label="last step", **ends),
    ]
