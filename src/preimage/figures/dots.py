"""Dots with intervals beside baselines: whether results carry the demo world's factors."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from preimage.figures.style import EMPTY, FAINT, INK, PAPER, colour, marker


def rows_of(factors: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the (statistic, factor) pairs of rows of FACTORS, as they come."""
    return list(dict.fromkeys(zip(factors.statistic, factors.factor, strict=True)))


def height(factors: pd.DataFrame) -> float:
    """Return the height in inches at which `draw_factors` can be read."""
    rows = sum(len(rows_of(part)) for _, part in factors.groupby("set"))
    return 1.2 + 0.5 * factors.set.nunique() + rows * (0.12 + 0.05 * len(_series(factors)))


def draw_factors(figure: Figure, factors: pd.DataFrame) -> None:
    """Draw rows of FACTORS: a panel per image set, a line per statistic and factor.

    A dot is the statistic with its 95 % interval, full where the network judges its own pictures
    and hollow where another does; the bar in grey beside it is the range of 95 % of the shuffles.
    """
    sets, series = list(factors.set.unique()), _series(factors)
    parts = [factors[factors.set == name] for name in sets]
    panels = figure.subplots(
        len(sets), 1, squeeze=False, sharex=True, height_ratios=[len(rows_of(p)) for p in parts]
    )[:, 0]
    for axes, name, part in zip(panels, sets, parts, strict=True):
        _panel(axes, part, series)
        axes.set_title(name.replace("_", " "))
    panels[-1].set_xlabel("share of pictures, or softmax mass")
    figure.legend(handles=_handles(series), loc="outside lower center", ncols=min(3, len(series)))


def _series(factors: pd.DataFrame) -> list[tuple[str, str]]:
    return list(dict.fromkeys(zip(factors.network, factors.judge, strict=True)))


def _panel(axes: Axes, part: pd.DataFrame, series: list[tuple[str, str]]) -> None:
    rows = rows_of(part)
    step = 0.8 / len(series)
    for row in part.dropna(subset="value").itertuples():
        i = series.index((row.network, row.judge))
        y = rows.index((row.statistic, row.factor)) + (i - (len(series) - 1) / 2) * step
        draw_row(axes, row, y, step * 0.9, _dot(series, i))
    axes.set_yticks(range(len(rows)), [f"{_spoken(name)}: {factor}" for name, factor in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(-0.02, 1.02)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    for above in range(1, len(rows)):
        new = rows[above][0] != rows[above - 1][0]
        axes.axhline(above - 0.5, color=FAINT if new else "#e4e4e4", linewidth=0.6, zorder=0)


def draw_row(axes: Axes, row: Any, y: float, height: float, dot: Mapping[str, Any]) -> None:  # noqa: ANN401  a row of any table
    """Draw at `y` a value with its interval, and in grey the range of 95 % of the shuffles.

    row: has value, low, high, baseline_low and baseline_high. dot: how the value looks.
    """
    low, high = row.baseline_low, row.baseline_high
    axes.barh(y, high - low, height, left=low, color=EMPTY, zorder=1)
    axes.plot([row.low, row.high], [y, y], color=dot["color"], zorder=2)
    axes.plot(row.value, y, **dot, zorder=3)


def _spoken(statistic: str) -> str:
    """Write the classes of "carries a, not b" as the objective A - B does."""
    return re.sub(r"\b[ab]\b", lambda letter: letter[0].upper(), statistic)


def _paint(series: list[tuple[str, str]], index: int) -> str:
    makers = list(dict.fromkeys(maker for maker, _ in series))
    return colour(makers.index(series[index][0]))


def _dot(series: list[tuple[str, str]], index: int) -> dict[str, object]:
    maker, judge = series[index]
    judges = list(dict.fromkeys(judge for _, judge in series))
    paint = _paint(series, index)
    return {
        "marker": marker(judges.index(judge)),
        "markersize": 4,
        "linestyle": "none",
        "color": paint,
        "markerfacecolor": paint if maker == judge else PAPER,
    }


def _handles(series: list[tuple[str, str]]) -> list[Line2D | Patch]:
    dots = [
        Line2D([], [], **_dot(series, i), label=f"made by {maker}, judged by {judge}")
        for i, (maker, judge) in enumerate(series)
    ]
    interval = Line2D([], [], color=INK, label="95 % interval")
    return [*dots, interval, Patch(color=EMPTY, label="95 % of the shuffles")]
