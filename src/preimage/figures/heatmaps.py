"""Heat maps: distances between classes, agreement between networks."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from preimage.figures.style import EMPTY, INK, PAPER, SEQUENTIAL, shortened

MOST_NAMES = 80  # classes whose names can still be read beside the map
MOST_INTERVALS = 3  # networks whose intervals still fit into the cells
SETS_IN_ROW = 3  # of the figure of agreement

METRICS = {"l1": "L1 distance", "l2": "L2 distance", "cosine": "cosine distance"}
SHARES = {
    "target_top1": "Target is the judge's first class",
    "top1_agreement": "Judge and maker name the same first class",
}


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


def draw_agreement(figure: Figure, agreement: pd.DataFrame) -> None:
    """Draw rows of AGREEMENT: for each share a block of maps, one for each image set.

    A cell is a share with its 95 % interval, by the network that made the pictures (down) and the
    one that judges them (across), unless that was not asked.
    """
    parts = dict(list(agreement.groupby("set", sort=False)))
    columns = min(len(parts), SETS_IN_ROW)
    blocks = figure.subfigures(len(SHARES), 1, squeeze=False)[:, 0]
    for block, (share, title) in zip(blocks, SHARES.items(), strict=True):
        block.suptitle(title)
        panels = block.subplots(-(-len(parts) // columns), columns, squeeze=False)
        for axes in panels.flat[len(parts) :]:
            axes.set_axis_off()
        for axes, (image_set, part) in zip(panels.flat, parts.items(), strict=False):
            image = _agreement(axes, part, share)
            axes.set_title(image_set.replace("_", " "), fontsize=8)
        for axes in panels[:, 0]:
            axes.set_ylabel("made by")
        block.supxlabel("judged by", fontsize=8)
        bar = block.colorbar(image, ax=panels, shrink=0.8, pad=0.02, ticks=[0, 0.5, 1])
        bar.outline.set_visible(False)


def _agreement(axes: Axes, part: pd.DataFrame, share: str) -> AxesImage:
    makers, judges = list(part.network.unique()), list(part.judge.unique())
    wide = part.pivot_table(share, "network", "judge", dropna=False, sort=False)
    image = _map(axes, wide.reindex(index=makers, columns=judges).to_numpy(float))
    image.set_clim(0, 1)
    axes.set_aspect("auto")
    slanted = {"rotation": 20, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(len(judges)), judges, fontsize=6, **slanted)
    axes.set_yticks(range(len(makers)), makers, fontsize=6)
    for down, across in np.argwhere(image.get_array().mask):
        axes.text(across, down, "not\nasked", ha="center", va="center", color=INK, fontsize=6)
    for _, cell in part.dropna(subset=share).iterrows():
        text = f"{cell[share]:.2f}"
        if len(judges) <= MOST_INTERVALS:
            text += f"\n{cell[f'{share}_low']:.2f}–{cell[f'{share}_high']:.2f}"
        place = (judges.index(cell.judge), makers.index(cell.network))
        ink = INK if cell[share] > 0.55 else PAPER
        axes.text(*place, text, ha="center", va="center", color=ink, fontsize=6)
    return image
