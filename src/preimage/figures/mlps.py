"""Figures of descents on fully connected networks: curves, ends, needed widths, last inputs."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from preimage.errors import UserError
from preimage.figures.style import FAINT, SEQUENTIAL, WIDTH, Plot, colour, marker
from preimage.mlp.inputs import Pixels, curve_name
from preimage.status import OK

RELU = {
    "never": "linear layers",
    "between": "ReLUs between layers",
    "always": "a ReLU behind each layer",
}
Titled = tuple[str, np.ndarray]  # a picture with its title
_IN_LINE = 8  # pictures whose titles have room side by side
_LABELS = {"m_i": "m_i = |a − a_g|", "m_g": "m_g = |O(a) − O(a_g)|"}


class Series(NamedTuple):
    """What is along the horizontal axis of ends, as a column, and what makes a line of them."""

    column: str
    lines: list[str]


def of_experiment(rows: pd.DataFrame, experiment: str) -> pd.DataFrame:
    """Return the rows of one experiment. Raises UserError where there is none."""
    found = rows[rows.experiment == experiment]
    if found.empty:
        raise UserError(f"no experiment {experiment!r} in the tables of descents")
    return found


def descents_plot(curves: pd.DataFrame, ends: pd.DataFrame) -> Plot:
    """Return the descents of one experiment, of its rows of MLPS and of MLP_ENDS."""
    about = _unique(curves, "code", "photo", "relu", "shape")
    about |= {"experiment": curves.experiment.iloc[0], **_unique(curves, "seed")}

    def draw(figure: Figure) -> None:
        figure.suptitle(_title(about, ends))
        draw_curves(figure, curves[curves.status == OK], ends)

    return Plot(draw, about, height=6.4)


def _title(about: Mapping[str, Any], ends: pd.DataFrame) -> str:
    kinds = ", ".join(RELU[kind] for kind in about["relu"])
    seeds, degenerate = len(about["seed"]), ends.degenerate.sum()
    return (
        f"{about['experiment'].replace('_', ' ')} ({', '.join(about['code'])}): {kinds}, "
        f"{ends.inputs.iloc[0]} inputs of {', '.join(about['photo'])}, "
        f"{seeds} seed{'s' * (seeds > 1)}"
        + f"; {degenerate} degenerate descents left out"
        * bool(degenerate)
    )


def _unique(rows: pd.DataFrame, *columns: str) -> dict[str, list]:
    return {column: rows[column].unique().tolist() for column in columns}


def pictures_plot(curves: pd.DataFrame, photo: Pixels, inputs: Mapping[str, Pixels]) -> Plot:
    """Return the photo and the last inputs of one experiment, of its rows of MLPS.

    inputs: of the first seed, by curve. A row for each number of iterations, of as many lines as
    its shapes need.
    """
    first = curves.iloc[0]
    rows = []
    for iterations in curves.iterations.unique():
        shapes = curves[curves.iterations == iterations]["shape"].unique()
        mine = [(shape, inputs[curve_name(shape, iterations)]) for shape in shapes]
        titled = [(f"{shape}\nm_i = {np.linalg.norm(x - photo):.3g}", x) for shape, x in mine]
        rows += _in_lines(f"{iterations:,} steps", [(first.photo, photo), *titled])
    about = {"name": first.experiment, "code": first.code, "relu": first.relu}
    about |= {"photo": first.photo, "seed": int(first.seed), **_unique(curves, "shape")}

    def draw(figure: Figure) -> None:
        figure.suptitle(
            f"{first.experiment.replace('_', ' ')} ({first.code}): {RELU[first.relu]}, "
            f"{first.inputs} inputs, seed {first.seed}"
        )
        draw_pictures(figure, rows)

    return Plot(draw, about, height=0.4 + len(rows) * (0.35 + WIDTH / len(rows[0][1])))


def widths_plot(widths: pd.DataFrame) -> Plot:
    """Return the width that one experiment needs, of its rows of MLP_WIDTHS."""
    about = {"experiment": widths.experiment.iloc[0], "code": widths.code.iloc[0]}
    about |= _unique(widths, "relus", "iterations")

    def draw(figure: Figure) -> None:
        figure.suptitle(
            f"{about['experiment'].replace('_', ' ')} ({about['code']}): "
            f"layers of equal width, {widths.inputs.iloc[0]} inputs"
        )
        draw_widths(figure, widths)

    return Plot(draw, about, height=3.6, width=4.6)


def draw_curves(figure: Figure, curves: pd.DataFrame, ends: pd.DataFrame) -> None:
    """Draw m_i and m_g of one experiment by step, over what they end at by width, depth or shape.

    curves, ends: its rows of MLPS, of status ok, and of MLP_ENDS. Lines by step are geometric means
    over seeds, those of shorter descents thin; marks, with 95 % intervals over seeds, are where
    descents end, and dotted lines join them: what is reached after so many steps.
    """
    panels = figure.subplots(2, 2)
    series = series_of(ends)
    for column, above, below in zip(("m_i", "m_g"), *panels, strict=True):
        _draw_by_step(above, curves, ends, column)
        _draw_ends(below, ends, series, column)
    _legend_of_shapes(figure, ends)
    if len(ends[["iterations", *series.lines]].drop_duplicates()) > 1 or series.column == "width":
        panels[1, 0].legend(loc="best")
    figure.align_ylabels(panels[:, 0])


def series_of(ends: pd.DataFrame) -> Series:
    """Return how the ends of an experiment are laid out: by width, else by depth, else by shape."""
    if ends["shape"].str.contains("-").any():
        return Series("shape", [])
    if ends.width.nunique() > 1:
        return Series("width", ["depth"] if ends.depth.nunique() > 1 else [])
    return Series("depth", [])


def _draw_by_step(axes: Axes, curves: pd.DataFrame, ends: pd.DataFrame, column: str) -> None:
    longest = curves.iterations.max()
    for shade, shape in zip(_shades(ends), ends["shape"].unique(), strict=True):
        of_shape = curves[curves["shape"] == shape]
        for iterations, curve in _by(of_shape, "iterations"):
            means = curve[curve.iteration > 0].groupby("iteration")[column].agg(_geometric)
            thin = {"linewidth": 0.6, "alpha": 0.5} if iterations < longest else {}
            axes.plot(means.index, means, color=shade, **thin)
        mine = ends[ends["shape"] == shape].sort_values("iterations")
        _points(axes, mine.iterations, mine, column, color=shade, marker="o", linestyle=":")
    axes.set(xscale="log", yscale="log", xlabel="step", ylabel=_LABELS[column])
    axes.grid(axis="y")


def _draw_ends(axes: Axes, ends: pd.DataFrame, series: Series, column: str) -> None:
    ordered = ends if series.column == "shape" else ends.sort_values(series.column)
    for i, ((steps, *depth), rows) in enumerate(_by(ordered, ["iterations", *series.lines])):
        label = f"{steps:,} steps" + (f", {_layers(depth[0])}" if depth else "")
        look = {"color": colour(i), "marker": marker(i), "label": label}
        _points(axes, rows[series.column], rows, column, **look)
    axes.set(yscale="log", ylabel=f"{_LABELS[column]} at the end")
    if series.column == "width":
        axes.set_xscale("log")
        _tick(axes.xaxis, ends.width)
        axes.tick_params(axis="x", rotation=60)
        axes.axvline(ends.inputs.iloc[0], color=FAINT, linestyle=(0, (4, 3)), label="n inputs")
    if series.column == "depth":
        axes.xaxis.set_major_locator(FixedLocator(sorted(ends.depth.unique())))
    named = {"width": "width of each layer", "depth": "layers", "shape": "neurons of the layers"}
    axes.set_xlabel(named[series.column])
    axes.grid(axis="y")


def _points(axes: Axes, x: pd.Series, ends: pd.DataFrame, column: str, **look: object) -> None:
    low, high = ends[column] - ends[f"{column}_low"], ends[f"{column}_high"] - ends[column]
    errors = np.nan_to_num(np.array([low, high]).clip(0))  # one seed has no interval
    axes.errorbar(x, ends[column], errors, capsize=2, markersize=3.5, elinewidth=0.8, **look)


def draw_widths(figure: Figure, widths: pd.DataFrame) -> None:
    """Draw the width that an experiment needs by the number of ReLUs, beside what theory says.

    widths: its rows of MLP_WIDTHS.
    """
    axes = figure.subplots()
    theory = widths.drop_duplicates("relus").sort_values("relus")
    plain = {"color": FAINT, "linewidth": 1.2}
    axes.plot(theory.relus, theory.theory_half, "--", label="n / (1 − p)^k, p = 1/2", **plain)
    axes.plot(theory.relus, theory.theory, label="n / (1 − p)^k, p as measured", **plain)
    axes.plot(theory.relus, theory.dimensions, ":", label="n / (1 − p), p as measured", **plain)
    measured = widths[widths.seeds > 0].sort_values(["iterations", "relus"])
    for i, (iterations, rows) in enumerate(_by(measured, "iterations")):
        look = {"color": colour(i), "marker": marker(i), "label": f"after {iterations:,} steps"}
        _points(axes, rows.relus, rows, "needed", **look)
    share = widths.complete.iloc[0]
    axes.set(
        xlabel="layers with a ReLU, k", ylabel=f"width at which m_i falls to {share:g} of m_i₀"
    )
    axes.xaxis.set_major_locator(FixedLocator(theory.relus.to_list()))
    axes.set_yscale("log")
    _tick(axes.yaxis, widths.theory_half)
    axes.grid(axis="y")
    axes.legend(loc="upper left")


def _in_lines(label: str, pictures: Sequence[Titled]) -> list[tuple[str, Sequence[Titled]]]:
    """Return a row of pictures as lines of equal length, the first of them with its label."""
    lines = ceil(len(pictures) / _IN_LINE)
    length = ceil(len(pictures) / lines)
    starts = range(0, len(pictures), length)
    return [(label if i == 0 else "", pictures[i : i + length]) for i in starts]


def draw_pictures(figure: Figure, rows: Sequence[tuple[str, Sequence[Titled]]]) -> None:
    """Draw pictures [3, side, side], with a title each, in rows with a label each."""
    most = max(len(pictures) for _, pictures in rows)
    panels = figure.subplots(len(rows), most, squeeze=False)
    for line, (label, pictures) in zip(panels, rows, strict=True):
        for axes in line:
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        for axes, (title, picture) in zip(line, pictures, strict=False):
            axes.imshow(np.clip(picture.transpose(1, 2, 0), 0, 1), interpolation="nearest")
            axes.set_title(title, fontsize=6, fontweight="normal", loc="center")
        line[0].set_ylabel(label)


def _legend_of_shapes(figure: Figure, ends: pd.DataFrame) -> None:
    shapes = ends["shape"].unique()
    lines = [
        Line2D([], [], color=shade, label=shape)
        for shade, shape in zip(_shades(ends), shapes, strict=True)
    ]
    figure.legend(handles=lines, loc="outside lower center", ncols=min(len(shapes), 8))


def _shades(ends: pd.DataFrame) -> np.ndarray:
    """Return a colour for each shape, in their order."""
    return mpl.colormaps[SEQUENTIAL](np.linspace(0, 0.92, ends["shape"].nunique()))


def _by(rows: pd.DataFrame, keys: str | list[str]) -> Iterator[tuple[object, pd.DataFrame]]:
    return iter(rows.groupby(keys, sort=False))


def _geometric(values: pd.Series) -> float:
    return float(np.exp(np.log(values[values > 0]).mean()))


def _layers(depth: int) -> str:
    return f"{depth} layer{'s' * (depth > 1)}"


def _tick(axis: Axis, widths: pd.Series) -> None:
    """Put a tick at each width of a logarithmic axis, and none between."""
    axis.set_major_locator(FixedLocator(sorted({*widths})))
    axis.set_major_formatter("{x:.0f}")
    axis.set_minor_locator(NullLocator())
