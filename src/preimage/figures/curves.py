"""Curves: the loss of descents, the training of networks."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import MaxNLocator, PercentFormatter

from preimage.figures.style import COLOURS, FAINT, INK, colour, dash, marker
from preimage.status import OK


def draw_traces(
    figure: FigureBase, traces: pd.DataFrame, status: pd.Series, octaves: Sequence[int]
) -> None:
    """Draw the loss of every item thin and their median thick, beside a panel of gradient norms.

    traces: rows of TRACE of one set and network. status: by (item, seed); degenerate items are
    drawn apart and do not count in the median. octaves: iterations of each, for the boundaries.
    """
    panels = figure.subplots(1, 2, sharex=True)
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
        axes.set_xlabel("step")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    panels[0].set_ylabel("loss")
    panels[1].set_ylabel("norm of the input gradient")
    _positive_on_logs(panels[1], traces.gradient)
    _legend(figure, traces, good, len(octaves) > 1)


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


def _legend(figure: FigureBase, traces: pd.DataFrame, good: np.ndarray, boundaries: bool) -> None:
    axes = figure.axes[0]

    def count(rows: pd.DataFrame) -> int:
        return len(rows[["item", "seed"]].drop_duplicates())

    axes.plot([], [], color=COLOURS[0], alpha=0.5, label=f"an item ({count(traces[good])})")
    axes.plot([], [], color=INK, linewidth=1.8, label="median")
    if not good.all():
        label = f"degenerate ({count(traces[~good])})"
        axes.plot([], [], color=COLOURS[1], label=label)
    if boundaries:
        axes.plot([], [], color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)), label="new octave")
    figure.legend(loc="outside lower center", ncols=4)


def draw_training(figure: Figure, histories: pd.DataFrame) -> None:
    """Draw, from rows of TRAINING, a row of panels for each task, with a line per network.

    Left the loss, right the accuracy: by step for the demo world, whose pictures never come twice,
    and by epoch for noise. Of the logits of other networks, one panel of the loss by step.
    """
    colours = {network: i for i, network in enumerate(histories.network.unique())}
    tasks = dict(list(histories.groupby("data", sort=True)))
    grid = figure.add_gridspec(len(tasks), 2)
    for row, (task, rows) in enumerate(tasks.items()):
        if task == "logits":
            _draw_logits(figure.add_subplot(grid[row, :]), rows, colours)
        else:
            panels = [figure.add_subplot(grid[row, column]) for column in (0, 1)]
            _draw_labels(*panels, task, rows, colours)


def _draw_logits(axes: Axes, rows: pd.DataFrame, colours: dict[str, int]) -> None:
    for network, history in rows.groupby("network", sort=False):
        _loss_by_step(axes, history, colours[network], span=max(1, len(history) / 50))
    axes.set(xlabel="step", ylabel="loss that is lowered", yscale="log")
    axes.set_title("Logits of another network: loss of the batches")
    axes.grid(axis="y")
    axes.margins(x=0.01)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper right", ncols=2)


def _draw_labels(
    left: Axes, right: Axes, task: str, rows: pd.DataFrame, colours: dict[str, int]
) -> None:
    lowest = rows.network.nunique() - 1
    for place, (network, history) in enumerate(rows.groupby("network", sort=False)):
        _LOSSES[task](left, history, colours[network])
        _accuracy(right, history, _BY[task], colours[network])
        _say_last(right, history, _BY[task], colours[network], lowest - place)
    left.set(xlabel=_BY[task], ylabel="cross-entropy (nat)", yscale="log")
    right.set(xlabel=_BY[task], ylabel="recognised in eval mode", ylim=(0, 1))
    left.set_title(_TITLES[task][0])
    right.set_title(_TITLES[task][1])
    right.set_xlim(0)
    right.yaxis.set_major_formatter(PercentFormatter(1))
    for axes in (left, right):
        axes.grid(axis="y")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.legend(loc="upper right")


_BY = {"demo": "step", "noise": "epoch"}
_TITLES = {
    "demo": ("Demo world: loss of the batches", "Demo world: held-out accuracy"),
    "noise": ("Noise: mean loss of an epoch", "Noise: accuracy on the images learnt"),
}


def _loss_by_step(axes: Axes, history: pd.DataFrame, index: int, span: float = 15) -> None:
    axes.plot(history.step, history.loss, color=colour(index), alpha=0.22, linewidth=0.6)
    smooth = history.loss.ewm(span=span).mean()
    look = {"color": colour(index), "linestyle": dash(index)}
    axes.plot(history.step, smooth, label=history.network.iloc[0], **look)


def _loss_by_epoch(axes: Axes, history: pd.DataFrame, index: int) -> None:
    mean = history.groupby("epoch").loss.mean()
    style = {"color": colour(index), "linestyle": dash(index)}
    style |= {"marker": marker(index), "markersize": 3}
    axes.plot(mean.index, mean, label=history.network.iloc[0], **style)


_LOSSES = {"demo": _loss_by_step, "noise": _loss_by_epoch}


def _accuracy(axes: Axes, history: pd.DataFrame, by: str, index: int) -> None:
    checks = history.dropna(subset="accuracy")
    style = {"color": colour(index), "linestyle": dash(index)}
    style |= {"marker": marker(index), "markersize": 4}
    axes.plot(checks[by], checks.accuracy, clip_on=False, **style)


def _say_last(axes: Axes, history: pd.DataFrame, by: str, index: int, place: int) -> None:
    """Write the final accuracy in the lower right corner, `place` lines above the lowest."""
    last = history.iloc[-1]
    text = f"{last.network}: {100 * last.accuracy:.1f} % after {last[by]} {by}s"
    look = {"transform": axes.transAxes, "ha": "right", "color": colour(index), "fontsize": 7}
    axes.text(0.98, 0.05 + 0.07 * place, text, **look)
