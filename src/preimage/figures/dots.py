"""Dots with intervals beside baselines: whether results carry the demo world's factors."""

import re
from collections.abc import Mapping, Sequence
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
    return 1.6 + len(rows_of(factors)) * (0.14 + 0.07 * factors.judge.nunique())


def draw_factors(figure: Figure, factors: pd.DataFrame) -> None:
    """Draw rows of FACTORS of one image set: a panel per network, a line per statistic and factor.

    A dot is the statistic with its 95 % interval, full where the network judges its own pictures
    and hollow where another does; the bar in grey beside it is the range of 95 % of the shuffles.
    """
    rows, judges = rows_of(factors), list(factors.judge.unique())
    makers = list(factors.network.unique())
    panels = figure.subplots(1, len(makers), squeeze=False, sharex=True, sharey=True)[0]
    for i, (axes, maker) in enumerate(zip(panels, makers, strict=True)):
        dots = [_dot(i, j, own=maker == judge) for j, judge in enumerate(judges)]
        _panel(axes, factors[factors.network == maker], rows, dict(zip(judges, dots, strict=True)))
        axes.set_title(f"made by {maker}")
        axes.set_xlabel("share of pictures, or softmax mass")
    panels[0].set_yticks(range(len(rows)), [f"{_spoken(name)}: {factor}" for name, factor in rows])
    panels[0].set_ylim(len(rows) - 0.5, -0.5)
    figure.legend(handles=_handles(judges), loc="outside lower center", ncols=3)


def _panel(
    axes: Axes,
    part: pd.DataFrame,
    rows: Sequence[tuple[str, str]],
    dots: Mapping[str, Mapping[str, object]],
) -> None:
    step, judges = 0.8 / len(dots), list(dots)
    for row in part.dropna(subset="value").itertuples():
        away = judges.index(row.judge) - (len(judges) - 1) / 2
        y = rows.index((row.statistic, row.factor)) + away * step
        draw_row(axes, row, y, step * 0.9, dots[row.judge])
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


def _dot(maker: int, judge: int, *, own: bool) -> dict[str, object]:
    paint = colour(maker)
    return {
        "marker": marker(judge),
        "markersize": 4,
        "linestyle": "none",
        "color": paint,
        "markerfacecolor": paint if own else PAPER,
    }


def _handles(judges: Sequence[str]) -> list[Line2D | Patch]:
    looks = [_dot(0, j, own=False) | {"color": INK} for j in range(len(judges))]
    dots = [
        Line2D([], [], **look, label=f"judged by {judge}")
        for look, judge in zip(looks, judges, strict=True)
    ]
    full = {**_dot(0, 0, own=True), "color": INK, "markerfacecolor": INK}
    own = Line2D([], [], **full, label="full: by the maker")
    interval = Line2D([], [], color=INK, label="95 % interval")
    return [*dots, own, interval, Patch(color=EMPTY, label="95 % of the shuffles")]
