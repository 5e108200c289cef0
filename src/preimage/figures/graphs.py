"""A graph with names for nodes, its components laid out apart, so that every name can be read.

Lengths are in inches, as on the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from preimage.figures.style import (
    COLOURS,
    FAINT,
    INK,
    PAPER,
    WIDTH,
    colour,
    legend_columns,
    shortened,
)

_FONT = 5.5  # points
_LETTER = 0.045  # mean width of a letter in bold type of that size
_LINE = 0.15  # height of a name with its frame
_EDGE = 0.5
_ROOM = 0.06  # between names
_GAP = 0.4  # between components
_MOST_BY_STRESS = 150  # nodes of a component; the layout takes a time of their third power
_TINT = 0.3


@dataclass(frozen=True)
class Layout:
    """Where each node is, how wide its name, and the size of it all."""

    places: Mapping[int, NDArray[np.float64]]
    widths: Mapping[int, float]
    width: float
    height: float


def arranged(graph: nx.DiGraph) -> Layout:
    """Lay out a graph whose nodes have a `name`: large components first, row by row."""
    widths = {node: _LETTER * len(_name(graph, node)) + 0.1 for node in graph}
    parts = [sorted(part) for part in nx.weakly_connected_components(graph)]
    boxes = []
    for part in sorted(parts, key=lambda part: (-len(part), part)):
        wide = np.array([widths[node] for node in part])
        places = _component(nx.Graph(graph), part, wide)
        corners = _corners(places, wide)
        boxes.append((part, places - corners.min(axis=0), np.ptp(corners, axis=0)))
    sizes = [size for _, _, size in boxes]
    across = max(WIDTH, (1.2 * sum((w + _GAP) * (h + _GAP) for w, h in sizes)) ** 0.5)
    corners, width, height = _shelves(sizes, across)
    found = {
        node: place + corner
        for (part, places, _), corner in zip(boxes, corners, strict=True)
        for node, place in zip(part, places, strict=True)
    }
    return Layout(found, widths, width, height)


def _name(graph: nx.DiGraph, node: int) -> str:
    return shortened(graph.nodes[node]["name"])


def _corners(places: NDArray, widths: NDArray) -> NDArray:
    """Return the lower left and the upper right corner of every name: [2 n, 2]."""
    half = np.stack([widths / 2, np.full(len(widths), _LINE / 2)], axis=1)
    return np.concatenate([places - half, places + half])


def _component(graph: nx.Graph, nodes: Sequence[int], widths: NDArray) -> NDArray:
    """Return the places [n, 2] of the nodes of one component, their names apart."""
    if len(nodes) == 1:
        return np.zeros((1, 2))
    plain = graph.subgraph(nodes)
    found = nx.planar_layout(plain) if nx.is_planar(plain) else None  # as few arrows cross
    if len(plain) <= _MOST_BY_STRESS:
        found = nx.kamada_kawai_layout(plain, pos=found)
    else:
        found = nx.spring_layout(plain, pos=found, seed=0, iterations=200)
    length = np.mean([np.linalg.norm(found[a] - found[b]) for a, b in plain.edges if a != b])
    places = np.array([found[node] for node in nodes])
    return _apart(_lying(places) * (_EDGE / length) * (1.5, 1.0), widths)


def _lying(places: NDArray) -> NDArray:
    """Turn points so that they spread furthest from left to right, as names do."""
    around = places - places.mean(axis=0)
    return around @ np.linalg.svd(around, full_matrices=False)[2].T


def _apart(places: NDArray, widths: NDArray, rounds: int = 1000) -> NDArray:
    """Push names that overlap from each other, along the axis on which less is missing."""
    reach = np.array([widths.max() + _ROOM, _LINE + _ROOM])
    for _ in range(rounds):
        tree = cKDTree(places / reach)
        one, other = tree.query_pairs(1, p=np.inf, output_type="ndarray").T
        between = places[one] - places[other]
        need = np.stack([(widths[one] + widths[other]) / 2, np.full(len(one), _LINE)], axis=1)
        missing = need + _ROOM - np.abs(between)
        close = (missing > _ROOM / 4).all(axis=1)
        if not close.any():
            break
        axis = missing.argmin(axis=1)[close]
        away = np.where(between < 0, -1, 1)[close, axis] * missing[close, axis] * 0.3
        places = places.copy()
        np.add.at(places, (one[close], axis), away)
        np.add.at(places, (other[close], axis), -away)
    return places


def _shelves(
    sizes: Sequence[tuple[float, float]], wide: float
) -> tuple[list[tuple[float, float]], float, float]:
    """Put boxes side by side in rows at most `wide`; return their corners and the whole size."""
    rows: list[list[int]] = [[]]
    used = 0.0
    for i, (w, _) in enumerate(sizes):
        if rows[-1] and used + w > wide:
            rows.append([])
            used = 0.0
        rows[-1].append(i)
        used += w + _GAP
    heights = [max(sizes[i][1] for i in row) + _GAP for row in rows]
    tops = [0.0, *accumulate(heights)]
    corners = {
        i: (left, -top - sizes[i][1])
        for row, top in zip(rows, tops, strict=False)
        for i, left in zip(row, [0.0, *accumulate(sizes[i][0] + _GAP for i in row)], strict=False)
    }
    width = max(sum(sizes[i][0] + _GAP for i in row) for row in rows)
    return [corners[i] for i in range(len(sizes))], width, tops[-1]


def draw_graph(
    figure: Figure,
    graph: nx.DiGraph,
    layout: Layout,
    groups: Mapping[str, Sequence[int]],
) -> None:
    """Draw a graph where `layout` says; a name is tinted by the first group that has its node.

    A group has the colour that it has in the graph of opposites; of several with one colour, that
    of most nodes is tinted.
    """
    axes = figure.subplots()
    axes.set(xlim=(-0.1, layout.width), ylim=(-layout.height, 0.1), aspect="equal")
    axes.set_axis_off()
    belongs = {node: name for name in reversed(groups) for node in groups[name]}
    shown = _tints(list(groups), [belongs[node] for node in graph if node in belongs])
    for a, b in graph.edges:
        _arrow(axes, layout, a, b)
    for node in graph:
        name = belongs.get(node)
        paint = shown.get(name, PAPER)
        frame = {"boxstyle": "round,pad=0.2", "facecolor": paint, "edgecolor": FAINT}
        look = {"ha": "center", "va": "center", "fontsize": _FONT, "color": INK, "zorder": 3}
        text = axes.text(*layout.places[node], _name(graph, node), bbox=frame, **look)
        text.get_bbox_patch().set_linewidth(0.4)
    if shown:
        named = {shortened(name): tint for name, tint in shown.items()}
        handles = [Patch(facecolor=t, edgecolor=FAINT, label=name) for name, t in named.items()]
        columns = legend_columns([*named], figure.get_figwidth(), len(COLOURS))
        figure.legend(handles=handles, loc="outside lower center", ncols=columns)


def _tints(groups: Sequence[str], belongs: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """Return the tints of the groups that most nodes are of, one for each colour."""
    shown: dict[str, str] = {}
    for name in sorted(dict.fromkeys(belongs), key=lambda name: -belongs.count(name)):
        shown.setdefault(colour(groups.index(name)), name)
    return {name: tuple(_TINT * c + 1 - _TINT for c in to_rgb(of)) for of, name in shown.items()}


def _arrow(axes: Axes, layout: Layout, a: int, b: int) -> None:
    """Draw an arrow between the frames of two names."""
    start, end = layout.places[a], layout.places[b]
    way = end - start
    if not way.any():
        return

    def leave(node: int) -> float:
        reach = np.array([layout.widths[node] / 2, _LINE / 2])
        with np.errstate(divide="ignore"):
            return float((reach / np.abs(way)).min())

    look = {"arrowstyle": "-|>,head_width=0.12,head_length=0.25", "color": FAINT, "linewidth": 0.6}
    look |= {"shrinkA": 0, "shrinkB": 0}
    first, last = start + way * min(leave(a), 0.45), end - way * min(leave(b), 0.45)
    axes.annotate("", last, first, arrowprops=look, annotation_clip=False)
