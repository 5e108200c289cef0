"""Heat maps: distances between classes, agreement between networks."""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from preimage.figures.style import EMPTY, INK, PAPER, SEQUENTIAL, WIDTH, shortened

MOST_NAMES = 80  # classes whose names can still be read beside the map

METRICS = {"l1": "L1 distance", "l2": "L2 distance", "cosine": "cosine distance"}
SHARES = {
    "target_top1": "Target is the judge's first class",
    "top1_agreement": "Judge and maker name the same first class",
}

_MADE = ["set", "network"]
_CELLS = ["share", "low", "high"]
_NAMES = 2.4  # inches: the names of rows of the figure of agreement, and its margins
_CELL, _ROW, _BAR = 0.28, 0.24, 0.1  # inches: least width and height of a cell, height of the bar
_INTERVAL = 0.42  # inches: width of a cell in which there is room for an interval
_TITLE = 24  # letters in a line


def matrix(distances: pd.DataFrame, metric: str) -> tuple[list[int], NDArray[np.float64]]:
    """Return the classes, ascending, and their symmetric matrix from rows of DISTANCES.

    The diagonal is 0; a pair that is missing or not defined is NaN.
    """
    classes = sorted({*distances.class_a, *distances.class_b})
    place = {c: i for i, c in enumerate(classes)}
    full = np.full((len(classes), len(classes)), np.nan)
    np.fill_diagonal(full, 0)
    rows, columns = distances.class_a.map(place), distances.class_b.map(place)
    full[rows, columns] = full[columns, rows] = distances[metric]
    return classes, full


def clusters(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the hierarchy of clusters of a matrix [n, n], n > 1, as SciPy's linkage [n - 1, 4].

    Average linkage. Of the orders of its leaves it has the one in which neighbours are nearest to
    each other (Bar-Joseph et al. 2001), which takes seconds for a thousand classes. A distance that
    is not known counts as the largest.
    """
    known = np.where(np.isfinite(distances), distances, np.nanmax(distances))
    pairs = squareform(known, checks=False)
    return optimal_leaf_ordering(linkage(pairs, "average"), pairs)


def draw_distances(
    figure: Figure, distances: pd.DataFrame, metric: str, names: Sequence[str]
) -> None:
    """Draw the distances of all pairs of class images under the hierarchy of their clusters.

    distances: rows of DISTANCES of one network and judge. names: of all classes, by number.
    """
    if distances.empty:
        figure.text(0.5, 0.5, "no two class images to compare", ha="center", color=INK)
        return
    classes, full = matrix(distances, metric)
    hierarchy = clusters(full)
    order = leaves_list(hierarchy)
    axes = figure.subplots()
    shown = full[np.ix_(order, order)]
    np.fill_diagonal(shown, np.nan)  # its 0 would take half of the colours
    image = _map(axes, shown)
    _name_classes(axes, [names[classes[i]] for i in order])
    _dendrogram(axes, hierarchy, order)
    bar = figure.colorbar(image, ax=axes, shrink=0.7, pad=0.02)
    bar.set_label(f"{METRICS[metric]} of the judge's logits")
    bar.outline.set_visible(False)


def _dendrogram(axes: Axes, hierarchy: NDArray[np.float64], order: NDArray[np.intp]) -> None:
    """Draw the hierarchy above a map whose columns are in `order`."""
    above = axes.inset_axes((0, 1.01, 1, 0.14), sharex=axes)
    above.set_axis_off()
    count = len(order)
    x, y = np.zeros(2 * count - 1), np.zeros(2 * count - 1)
    x[order] = np.arange(count)
    joints = []
    for i, (one, other, height, _) in enumerate(hierarchy, start=count):
        a, b = int(one), int(other)
        x[i], y[i] = (x[a] + x[b]) / 2, height
        joints.append([(x[a], y[a]), (x[a], height), (x[b], height), (x[b], y[b])])
    above.add_collection(
        LineCollection(joints, colors=INK, linewidths=np.clip(60 / count, 0.3, 0.8))
    )
    above.set_ylim(0.95 * hierarchy[0, 2], 1.02 * hierarchy[-1, 2] or 1)


def _map(axes: Axes, values: NDArray[np.float64]) -> AxesImage:
    axes.set_facecolor(EMPTY)  # what is not known
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return axes.imshow(np.ma.masked_invalid(values), cmap=SEQUENTIAL, interpolation="none")


def _name_classes(axes: Axes, names: Sequence[str]) -> None:
    if len(names) > MOST_NAMES:
        axes.set(xticks=[], yticks=[], xlabel=f"{len(names)} classes, near ones side by side")
        return
    size = float(np.clip(300 / len(names), 3.5, 7))
    short = [*map(shortened, names)]
    axes.set_xticks(range(len(names)), short, rotation=90, fontsize=size)
    axes.set_yticks(range(len(names)), short, fontsize=size)


def size_of_agreement(agreement: pd.DataFrame) -> tuple[float, float]:
    """Return width and height in inches at which the cells of `draw_agreement` can be read."""
    rows, judges = _table(agreement)
    least = _NAMES + len(SHARES) * len(judges) * _CELL
    return max(WIDTH, least), 1.9 + len(rows) * _ROW


def draw_agreement(figure: Figure, agreement: pd.DataFrame) -> None:
    """Draw rows of AGREEMENT: for each share a map, a row for each set and maker of pictures.

    A cell is a share with its 95 % interval, where there is room for it, by the network that
    judges; grey was not asked. Judges of nothing but their own pictures have one column.
    """
    rows, judges = _table(agreement)
    table = agreement.assign(judge=_judges(agreement)).set_index([*_MADE, "judge"])
    with_interval = (figure.get_figwidth() - _NAMES) / len(SHARES) / len(judges) > _INTERVAL
    heights = (len(rows) * _ROW, _BAR)
    panels = figure.subplot_mosaic([[*SHARES], ["bar", "grey"]], height_ratios=heights)
    for share, title in SHARES.items():
        cells = table[[share, f"{share}_low", f"{share}_high"]].set_axis(_CELLS, axis=1)
        image = _agreement(panels[share], cells, rows, judges, with_interval=with_interval)
        panels[share].set_title(fill(title, _TITLE), loc="left")
    names = [f"{shortened(of.replace('_', ' '), 32)} by {shortened(by, 20)}" for of, by in rows]
    first, *others = (panels[share] for share in SHARES)
    first.set_yticks(range(len(rows)), names, fontsize=6)
    for axes in others:
        axes.set_yticks([])
    bar = figure.colorbar(image, cax=panels["bar"], orientation="horizontal", ticks=[0, 0.5, 1])
    bar.outline.set_visible(False)
    bar.set_label("share of pictures")
    panels["grey"].set_axis_off()
    panels["grey"].text(0, 0.5, "Across stands the judge.\nGrey: not asked.", va="center", size=7)


def _table(agreement: pd.DataFrame) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the rows, by set and maker, and the columns of the maps of agreement."""
    return list(dict.fromkeys(zip(*(agreement[key] for key in _MADE), strict=True))), [
        *dict.fromkeys(_judges(agreement))
    ]


def _judges(agreement: pd.DataFrame) -> pd.Series:
    """Return the column of each row: its judge, or one for several who judge but themselves."""
    own = agreement.judge == agreement.network
    alone = own & ~agreement.judge.isin(agreement.judge[~own])
    several = agreement.judge[alone].nunique() > 1
    return agreement.judge.mask(alone, "its maker") if several else agreement.judge


def _agreement(
    axes: Axes,
    cells: pd.DataFrame,
    rows: Sequence[tuple[str, str]],
    judges: Sequence[str],
    *,
    with_interval: bool,
) -> AxesImage:
    """Draw a map of `cells`, by set, maker and judge; `share` may be missing."""
    wide = cells.share.unstack("judge").reindex(index=rows, columns=judges)
    image = _map(axes, wide.to_numpy(float))
    image.set_clim(0, 1)
    axes.set_aspect("auto")
    axes.xaxis.set_ticks_position("top")
    axes.tick_params(length=0)
    axes.set_xticks(range(len(judges)), [*map(shortened, judges)], rotation=90, fontsize=6)
    for (*made, judge), cell in cells.dropna(subset="share").iterrows():
        text = f"{cell.share:.2f}"
        if with_interval:
            text += f"\n{cell.low:.2f}–{cell.high:.2f}"
        ink = INK if cell.share > 0.55 else PAPER
        place = judges.index(judge), rows.index(tuple(made))
        axes.text(*place, text, ha="center", va="center", color=ink, fontsize=5.5)
    return image
