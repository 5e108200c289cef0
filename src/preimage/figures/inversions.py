"""Exact inversion of square linear layers: distances, condition numbers, and the spiky ball."""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Ellipse
from matplotlib.ticker import LogLocator, MaxNLocator, PercentFormatter

from preimage.errors import UserError
from preimage.figures.style import COLOURS, INK, PAPER, Plot, marker, power_of_ten
from preimage.measures.mlps.inversions import PAGE, PAGE_INPUTS, exact_neighbours, random_condition

BINS_PER_DECADE = 10
POINTS_SHOWN = 150  # of each kind in the plane of both distances
EXACT, ROUNDED = COLOURS[0], COLOURS[1]  # float64, float32
NEAR, FOUND = COLOURS[2], COLOURS[3]  # a', a_g
MAPS = (
    ("composed", INK, "all layers as one map"),
    ("last", COLOURS[4], "the last layer alone"),
)


def distances_plot(inversions: pd.DataFrame, name: str) -> Plot:
    """Return the plot of `draw_distances`, of one inversion among all rows of INVERSIONS."""
    own = _of(inversions, name)
    _check_points(own, name)
    return Plot(partial(draw_distances, inversions=own), _address(own), height=5.2)


def conditions_plot(conditions: pd.DataFrame, inversions: pd.DataFrame, name: str) -> Plot:
    """Return the plot of `draw_conditions`, of one inversion among all rows."""
    own, maps = _of(inversions, name), _of(conditions, name)
    network = maps[maps.inputs == own.inputs.max()]
    _check_points(own, name)
    for kind, *_ in MAPS:
        if not (network.condition[network["map"] == kind] > 0).any():
            raise UserError(
                f"inversion {name}, conditions: no map {kind} of {own.inputs.max()} inputs has a "
                "condition above 0"
            )
    draw = partial(draw_conditions, conditions=network, inversions=own)
    return Plot(draw, _address(network), height=3.2)


def geometry_plot(directions: pd.DataFrame, name: str) -> Plot:
    """Return the plot of `draw_geometry`, of the first seed of one inversion among all rows."""
    own = _of(directions, name)
    first = own[own.seed == own.seed.min()]
    for layers, inputs in product(first.layers.unique(), first.inputs.unique()):
        there = ((first.layers == layers) & (first.inputs == inputs)).sum()
        if there != inputs:
            raise UserError(
                f"inversion {name}, directions: {there} rows of {layers} layers of {inputs} inputs "
                f"from seed {first.seed.min()}, not {inputs}"
            )
    return Plot(partial(draw_geometry, directions=first), _address(first), height=6.4)


def _of(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows of one inversion. Raises UserError where there is none."""
    found = rows[rows.inversion == name]
    if found.empty:
        known = ", ".join(rows.inversion.unique()) or "none"
        raise UserError(f"there is nothing of the inversion {name!r}; there are: {known}")
    return found


def _check_points(rows: pd.DataFrame, name: str) -> None:
    """Raise UserError where a number of layers lacks the points that others are compared with."""
    for layers, part in rows.groupby("layers"):
        shifted = part[(part.point == "shifted") & (part.deviation > 0)]
        for point, own in (
            ("shifted, with a deviation,", shifted),
            ("neighbour, by solve in float64,", exact_neighbours(part)),
        ):
            if not (own.m_i > 0).any():
                raise UserError(
                    f"inversion {name}, inversions: no row of {layers} layers whose point is "
                    f"{point} has an m_i above 0"
                )


def _address(rows: pd.DataFrame) -> dict[str, object]:
    """Return what a figure shows, for its metadata."""
    keys = ("code", "inversion", "photo", "layers", "inputs", "seed")
    return {key: rows[key].unique().tolist() for key in keys if key in rows}


def draw_distances(figure: Figure, inversions: pd.DataFrame) -> None:
    """Draw, from rows of INVERSIONS of one inversion, how far points are from the photo.

    A column for each number of layers: above the distances of a', in the middle those of a'' found
    by solve in float64 and float32, below both distances of all points, those of the descent too.
    """
    layers = sorted(inversions.layers.unique())
    rows = figure.subplots(3, len(layers), squeeze=False, sharex=True, sharey="row")
    bins = _bins(inversions)
    for column, count in zip(rows.T, layers, strict=True):
        part = inversions[inversions.layers == count]
        column[0].set_title(_layers(count))
        _shifted(column[0], part, bins)
        _neighbours(column[1], part, bins)
        _plane(column[2], part)
    for axes in rows[:2].flat:
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    for axes in rows[2]:
        axes.set_xlabel("distance to the photo")
    rows[0, 0].set_ylabel("share of a′")
    rows[1, 0].set_ylabel("share of a″")
    rows[2, 0].set_ylabel("distance in the output")
    rows[0, 0].set_xlim(bins[0], bins[-1])
    rows[1, 0].set_ylim(0, 1.15 * rows[1, 0].get_ylim()[1])  # for the medians
    for axes in rows.flat:
        axes.grid()
    _legend(figure, rows.flat)


def _bins(inversions: pd.DataFrame) -> np.ndarray:
    shown = inversions[(inversions.point != "recovered") | (inversions.precision == "float32")]
    logs = np.log10(shown.m_i[shown.m_i > 0])
    low = np.floor(logs.min())
    ends = low, max(low + 1, np.ceil(logs.max()))
    return np.logspace(*ends, int((ends[1] - ends[0]) * BINS_PER_DECADE) + 1)


def _layers(count: int) -> str:
    return f"{count} layer{'s' if count > 1 else ''}"


def _shifted(axes: Axes, part: pd.DataFrame, bins: np.ndarray) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=5))
    deviations = part[part.point == "shifted"].groupby("deviation").m_i
    for i, (deviation, distances) in enumerate(deviations):
        label = f"a′, noise of 1/{1 / deviation:.0f}"
        _histogram(axes, distances, bins, color=NEAR, alpha=1 - 0.5 * i, label=label)
    _say(axes, f"medians {', '.join(map(_short, deviations.median()))}")


def _neighbours(axes: Axes, part: pd.DataFrame, bins: np.ndarray) -> None:
    exact, rounded = exact_neighbours(part), _rounded(part, "neighbour")
    style = {"color": EXACT, "alpha": 0.55, "label": "a″ in float64"}
    _histogram(axes, exact.m_i, bins, **style)
    style = {"histtype": "step", "color": ROUNDED, "label": "a″ in float32"}
    _histogram(axes, rounded.m_i.dropna(), bins, **style)
    _say(axes, f"median {_short(exact.m_i.median())}", left=True)


def _histogram(axes: Axes, values: pd.Series, bins: np.ndarray, **style: object) -> None:
    axes.hist(values, bins, weights=np.full(len(values), 1 / max(1, len(values))), **style)


def _rounded(part: pd.DataFrame, point: str) -> pd.DataFrame:
    """Return the rows of a kind of point that were found by solve in float32."""
    return part.query("point == @point and precision == 'float32' and method == 'solve'")


def _plane(axes: Axes, part: pd.DataFrame) -> None:
    axes.set_yscale("log")
    axes.minorticks_off()
    for points, paint in (
        (part[part.point == "shifted"], NEAR),
        (exact_neighbours(part), EXACT),
        (_rounded(part, "neighbour"), ROUNDED),
    ):
        few = points.iloc[:: max(1, len(points) // POINTS_SHOWN)]
        axes.plot(few.m_i, few.m_g, ".", markersize=2, color=paint, alpha=0.6)
    recovered = _rounded(part, "recovered")
    style = {"linestyle": "none", "markersize": 4.5}
    style |= {"markeredgecolor": PAPER, "markeredgewidth": 0.4}
    label = "O(a) itself, inverted in float32"
    axes.plot(recovered.m_i, recovered.m_g, "s", color=ROUNDED, label=label, **style)
    found = part[part.point == "descended"]
    axes.plot(found.m_i, found.m_g, "D", color=FOUND, label="a_g, found by descent", **style)
    if (part.inputs == PAGE_INPUTS).all():
        label = "the page's a_g"
        axes.plot(*PAGE["descended"], "o", color=FOUND, markerfacecolor="none", label=label)


def _legend(figure: Figure, panels: Iterable[Axes]) -> None:
    handles: dict[str, object] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)


def _say(axes: Axes, text: str, *, left: bool = False) -> None:
    style = {"ha": "left" if left else "right", "va": "top", "fontsize": 6.5, "color": INK}
    axes.text(0.03 if left else 0.97, 0.96, text, transform=axes.transAxes, **style)


def _short(value: float) -> str:
    """Write 66233 as 6.6 x 10^4, and 2.01 as 2.01."""
    if 0.01 <= value < 1000 or not np.isfinite(value):
        return f"{value:.3g}"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits} × {power_of_ten(int(power))}"


def draw_conditions(figure: Figure, conditions: pd.DataFrame, inversions: pd.DataFrame) -> None:
    """Draw condition numbers by depth, and how well each way of inverting finds the photo again.

    conditions: rows of CONDITIONS of networks of one size; inversions: rows of INVERSIONS.
    """
    left, right = figure.subplots(1, 2)
    for i, (name, paint, label) in enumerate(MAPS):
        rows = conditions[conditions["map"] == name]
        _by_layers(left, rows, "condition", {"color": paint, "marker": marker(i)}, label)
    band = [random_condition(int(conditions.inputs.max()), p) for p in (0.025, 0.975)]
    label = "95 % of random matrices"
    left.axhspan(*band, color=MAPS[1][1], alpha=0.2, linewidth=0, label=label)
    _unit(left, np.float32, ROUNDED)
    _unit(left, np.float64, EXACT)
    left.set(title="Condition number", ylabel="largest over smallest singular value")
    recovered = inversions[inversions.point == "recovered"]
    for (precision, method), rows in recovered.groupby(["precision", "method"]):
        style: dict[str, object] = {"color": EXACT if precision == "float64" else ROUNDED}
        style |= {"marker": marker(method == "inverse")}
        style |= {"linestyle": "--" if method == "inverse" else "-"}
        way = "inverse matrices" if method == "inverse" else "LU"
        _by_layers(right, rows, "m_i", style, f"{precision}, by {way}")
    shifted = inversions[inversions.point == "shifted"]
    deviation, near = next(iter(shifted.groupby("deviation").m_i.median().items()))
    label = f"a′, noise of 1/{1 / deviation:.0f}"
    right.axhline(near, color=NEAR, linewidth=0.8, label=label)
    right.set(title="Inverting O(a) itself", ylabel="distance to the photo")
    for axes in (left, right):
        axes.set_yscale("log")
        axes.set_xlabel("linear layers")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
    _legend(figure, [left, right])


def _by_layers(
    axes: Axes, rows: pd.DataFrame, column: str, style: dict[str, object], label: str
) -> None:
    """Draw a dot for each seed and a line through their geometric means."""
    rows = rows[rows[column] > 0]
    dots = {**style, "linestyle": "none", "markersize": 3, "alpha": 0.35, "markeredgewidth": 0}
    axes.plot(rows.layers, rows[column], **dots)
    means = np.exp(np.log(rows[column]).groupby(rows.layers).mean())
    axes.plot(means.index, means, **style, markersize=4, label=label)


def _unit(axes: Axes, kind: type[np.floating], paint: str) -> None:
    """Draw where rounding alone makes all digits of a solution wrong."""
    limit = 1 / np.finfo(kind).eps
    axes.axhline(limit, color=paint, linewidth=0.8, linestyle=(0, (4, 3)))
    text = f"1 / ε of {kind.__name__}"
    where = axes.get_yaxis_transform()
    axes.text(
        0.98, limit, text, transform=where, ha="right", va="bottom", fontsize=6.5, color=paint
    )


def draw_geometry(figure: Figure, directions: pd.DataFrame) -> None:
    """Draw, from rows of DIRECTIONS of one seed, the inputs whose outputs are as near as O(a').

    A column for each number of layers. Above networks of two and four inputs: each pair of
    directions is a plane with its section of the ellipsoid. Below the network itself: how far the
    ellipsoid reaches, and how far the points are, along its directions.
    """
    layers = sorted(directions.layers.unique())
    inputs = sorted(directions.inputs.unique())
    rows = figure.subplots(
        len(inputs), len(layers), squeeze=False, height_ratios=[1.0] * (len(inputs) - 1) + [1.3]
    )
    for line, size in zip(rows, inputs, strict=True):
        for axes, count in zip(line, layers, strict=True):
            part = directions[(directions.inputs == size) & (directions.layers == count)]
            part = part.sort_values("direction")
            _profile(axes, part) if size == inputs[-1] else _ellipses(axes, part)
        line[0].set_ylabel(f"{size} inputs")
    for axes, count in zip(rows[0], layers, strict=True):
        axes.set_title(_layers(count))
    _same_limits(rows[-1])
    rows[-1, 0].set_ylabel(f"{inputs[-1]} inputs:\ndistance from a along a direction")
    for axes in rows[-1]:
        axes.set_xlabel("most contracted first")
    _geometry_legend(figure, rows)


def _ellipses(axes: Axes, part: pd.DataFrame) -> None:
    """Draw each pair of directions as a plane of its own, the more contracted one across."""
    distance = float(np.linalg.norm(part.shifted))
    axes.add_patch(Circle((0, 0), distance, fill=False, color=NEAR, linewidth=0.6))
    planes = [part.iloc[i : i + 2] for i in range(0, len(part), 2)]
    size = distance
    for i, plane in enumerate(planes):
        up, across = plane.reach
        paint = EXACT if i == 0 else ROUNDED
        style = {"facecolor": paint, "alpha": 0.18, "edgecolor": paint, "linewidth": 0.8}
        axes.add_patch(Ellipse((0, 0), 2 * across, 2 * up, **style))
        for name, shape, fill in (("shifted", "o", NEAR), ("descended", "D", FOUND)):
            y, x = plane[name]
            edge = {"markeredgecolor": paint, "markeredgewidth": 0.8}
            axes.plot(x, y, shape, color=fill, markersize=4.5, **edge)
            size = max(size, abs(x), abs(y))
        size = max(size, across)
    axes.plot(0, 0, "+", color=INK, markersize=5)
    axes.set(xlim=(-1.1 * size, 1.1 * size), ylim=(-1.1 * size, 1.1 * size), aspect="equal")
    axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_locator(MaxNLocator(3))
    _say(axes, _compared(part))


def _compared(part: pd.DataFrame) -> str:
    """Say how many times as far as a' the descent's point is, whose output is as near."""
    far = np.linalg.norm(part.descended) / np.linalg.norm(part.shifted)
    return f"a_g {far:.2g} times as far"


def _profile(axes: Axes, part: pd.DataFrame) -> None:
    """Draw root mean squares over stretches of directions, which grow in a ratio."""
    part = part.iloc[::-1].reset_index(drop=True)
    edges = np.unique(np.geomspace(1, len(part) + 1, 40).round().astype(int))
    stretch = np.digitize(part.index + 1, edges)
    place = np.exp(pd.Series(np.log(part.index + 1)).groupby(stretch).mean())
    for name, paint, label in (
        ("reach", INK, "reach of outputs as near as O(a′)"),
        ("neighbour", EXACT, "a″"),
        ("shifted", NEAR, "a′"),
        ("descended", FOUND, "a_g"),
    ):
        values = np.sqrt(part[name].pow(2).groupby(stretch).mean())
        axes.plot(place, values, color=paint, label=label)
    axes.set(xscale="log", yscale="log")
    axes.minorticks_off()
    axes.grid()
    _say(axes, _compared(part))


def _same_limits(line: Sequence[Axes]) -> None:
    limits = [axes.get_ylim() for axes in line]
    for axes in line:
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits) * 10)


def _geometry_legend(figure: Figure, rows: np.ndarray) -> None:
    handles, labels = rows[-1, 0].get_legend_handles_labels()
    ball = Circle((0, 0), 1, fill=False, color=NEAR, linewidth=0.6)
    style = {"alpha": 0.3, "linewidth": 0.8}
    handles += [ball, *(Ellipse((0, 0), 1, 1, color=c, **style) for c in (EXACT, ROUNDED))]
    labels += ["as far as a′", "plane of the least contracted two", "plane of the other two"]
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
