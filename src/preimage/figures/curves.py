"""Curves: the loss of descents, the training of networks."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from preimage.figures.style import COLOURS, FAINT, INK, colour, marker
from preimage.status import OK


def draw_traces(
    figure: Figure, traces: pd.DataFrame, status: pd.Series, octaves: Sequence[int]
) -> None:
    """Draw the loss of every item thin and their median thick, over a panel of gradient norms.

    traces: rows of TRACE of one set and network. status: by (item, seed); degenerate items are
    drawn apart and do not count in the median. octaves: iterations of each, for the boundaries.
    """
    panels = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    good = traces.set_index(["item", "seed"]).index.map(status) == OK
    for axes, column in zip(panels, ("loss", "gradient"), strict=True):
        _lines(axes, traces[~good], column, color=COLOURS[1], alpha=0.7)
        _lines(axes, traces[good], column, color=COLOURS[0], alpha=_alpha(traces[good]))
        median = traces[good].groupby("iteration")[column].median()
        axes.plot(median.index, median, color=INK, linewidth=1.8)
        for boundary in list(accumulate(octaves))[:-1]:
            axes.axvline(boundary, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        axes.grid(axis="y")
        axes.margins(x=0.01)
    panels[0].set_ylabel("loss")
    panels[1].set_ylabel("norm of the\ninput gradient")
    _positive_on_logs(panels[1], traces.gradient)
    panels[1].set_xlabel("iteration")
    panels[1].xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    _legend(panels[0], traces, good, len(octaves) > 1)
    figure.align_ylabels(panels)


def _alpha(traces: pd.DataFrame) -> float:
    items = max(1, len(traces[["item", "seed"]].drop_duplicates()))
    return float(np.clip(4 / items, 0.06, 0.5))


def _lines(axes: Axes, traces: pd.DataFrame, column: str, *, color: str, alpha: float) -> None:
    for _, trace in traces.groupby(["item", "seed"]):
        axes.plot(trace.iteration, trace[column], color=color, alpha=alpha, linewidth=0.7)


def _positive_on_logs(axes: Axes, values: pd.Series) -> None:
    """Take a logarithmic axis, with a linear end at 0 where gradients vanish."""
    positive = values[values > 0]
    if positive.empty:
        return
    floor = 10 ** np.floor(np.log10(positive.quantile(0.01)))
    axes.set_yscale("symlog", linthresh=floor) if (values == 0).any() else axes.set_yscale("log")


def _legend(axes: Axes, traces: pd.DataFrame, good: np.ndarray, boundaries: bool) -> None:
    def count(rows: pd.DataFrame) -> int:
        return len(rows[["item", "seed"]].drop_duplicates())

    axes.plot([], [], color=COLOURS[0], alpha=0.5, label=f"an item ({count(traces[good])})")
    axes.plot([], [], color=INK, linewidth=1.8, label="median")
    if not good.all():
        label = f"degenerate ({count(traces[~good])})"
        axes.plot([], [], color=COLOURS[1], label=label)
    if boundaries:
        axes.plot([], [], color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)), label="new octave")
    axes.figure.legend(loc="outside lower center", ncols=4)


def draw_training(figure: Figure, histories: pd.DataFrame) -> None:
    """Draw, from rows of TRAINING, loss and held-out accuracy by step, a line per network."""
    left, right = figure.subplots(1, 2)
    for i, (network, history) in enumerate(histories.groupby("network", sort=False)):
        smooth = history.loss.ewm(span=15).mean()
        left.plot(history.step, history.loss, color=colour(i), alpha=0.22, linewidth=0.6)
        left.plot(history.step, smooth, color=colour(i), label=network)
        checks = history.dropna(subset="accuracy")
        style = {"color": colour(i), "marker": marker(i), "markersize": 4}
        right.plot(checks.step, checks.accuracy, label=network, clip_on=False, **style)
        if len(checks):
            _say_last(right, checks, i, histories.network.nunique())
    left.set(xlabel="step", ylabel="cross-entropy (nat)", yscale="log", title="Loss of the batches")
    right.set(xlabel="step", ylabel="pictures recognised", title="Held-out accuracy")
    right.set_ylim(0, 1)
    right.set_xlim(0)
    right.yaxis.set_major_formatter(PercentFormatter(1))
    for axes in (left, right):
        axes.grid(axis="y")
    left.legend(loc="upper right")


def _say_last(axes: Axes, checks: pd.DataFrame, index: int, count: int) -> None:
    """Write the final accuracies one below the other in the lower right corner."""
    last = checks.iloc[-1]
    place = {"transform": axes.transAxes, "ha": "right", "color": colour(index), "fontsize": 7}
    text = f"{last.network}: {100 * last.accuracy:.1f} % after {last.step} steps"
    axes.text(0.98, 0.05 + 0.07 * (count - 1 - index), text, **place)
