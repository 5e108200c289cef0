"""The graph class -> opposite: what leads where, the favourites, and the cycles."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import ceil
from textwrap import wrap

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import withStroke

from preimage.figures.rings import INNER, polar, rings
from preimage.figures.style import (
    COLOURS,
    EMPTY,
    INK,
    PAPER,
    WIDTH,
    colour,
    legend_columns,
    marker,
    shortened,
)

Look = Mapping[str, str]  # colour and marker of a group

_LISTED = 10  # cycles
_LISTS = (0.4, 0.6)  # shares of the width: the groups, the cycles
_FEW_ENDS = 24  # classes that lead nowhere whose names stand beside them
_FEW = 60  # classes for which a page's width is enough
_LEAST, _EACH = 4.0, 0.25  # inches of the panel, and for each class
_LARGEST, _SMALLEST = 6.5, 2.0  # points: names of classes
_LETTER, _BOLD = 0.54, 0.62  # width of a letter over its height
_LINE = 0.16  # inches: a line of the lists
_NO_GROUP = {"color": EMPTY, "marker": "o"}
_HALO = [withStroke(linewidth=1.5, foreground=PAPER)]


def width(opposites: pd.DataFrame) -> float:
    """Return the width in inches at which `draw_graph` can be read."""
    return WIDTH if len(opposites) <= _FEW else 2 * WIDTH


def draw_graph(
    figure: Figure,
    opposites: pd.DataFrame,
    cycles: pd.DataFrame,
    groups: Mapping[str, Sequence[int]],
) -> None:
    """Draw rows OPPOSITES that tell an opposite, and CYCLES, of one network and seed.

    A line leads inwards from each class to its opposite, in the colour of the class: that of the
    first of `groups` that it is in, or grey. Classes on cycles are framed and joined by arrows; a
    class whose own opposite is not known is hollow. The figure becomes as high as it must.
    """
    if opposites.empty:
        figure.text(0.5, 0.5, "no opposites to draw", ha="center", color=INK)
        return
    wide = figure.get_figwidth()
    graph = _Graph(opposites, groups, min(wide, _LEAST + _EACH * len(opposites)))
    shown = {shortened(name): look for name, look in _shown(graph, _looks(groups)).items()}
    columns = legend_columns([*shown], _LISTS[0] * wide, len(shown) or 1)
    listed = _listed(cycles, letters=int(_LISTS[1] * wide * 72 / 7 / _LETTER))
    below = _LINE * (1 + max(1 + ceil(len(shown) / columns), len(listed)))
    figure.set_figheight(graph.inches + below)
    ratios = {"height_ratios": [graph.inches, below], "width_ratios": _LISTS}
    panels = figure.subplot_mosaic([["graph"] * 2, ["groups", "cycles"]], **ratios)
    for axes in panels.values():
        axes.axis("off")
    _draw(panels["graph"], graph, _looks(groups))
    _list_groups(panels["groups"], shown, columns)
    top_left = {"va": "top", "transform": panels["cycles"].transAxes}
    panels["cycles"].text(0, 1, "\n".join(listed), size=7, linespacing=1.4, **top_left)


def _looks(groups: Mapping[str, Sequence[int]]) -> dict[str, Look]:
    """Return colour and marker of each group."""
    return {
        group: {"color": colour(i), "marker": marker(i // len(COLOURS))}
        for i, group in enumerate(groups)
    }


class _Graph:
    """The graph with names, first groups and places of its nodes, to be drawn so many inches wide.

    Lengths are in points; the panel is a square.
    """

    def __init__(
        self, opposites: pd.DataFrame, groups: Mapping[str, Sequence[int]], inches: float
    ) -> None:
        self.inches = inches
        self.edges = nx.DiGraph(zip(opposites["class"], opposites["opposite"], strict=True))
        self.names = dict(zip(opposites["opposite"], opposites["opposite_name"], strict=True))
        self.names |= dict(zip(opposites["class"], opposites["name"], strict=True))
        self.names = {node: shortened(name) for node, name in self.names.items()}
        firsts = {c: g for g in reversed(groups) for c in groups[g]}
        self.group = {node: firsts[node] for node in self.edges if node in firsts}
        self.rings = rings(self.edges)
        self.half = inches * 72 * 0.49
        self.slot = 2 * np.pi * self.half * 0.8 / self.rings.slots
        self.text = min(_LARGEST, 0.85 * self.slot)
        self.radius = self.half - (self._longest() * _LETTER + 1) * self.text

    def _longest(self) -> int:
        return max((len(self.names[node]) for node in self.rings.outermost), default=0)

    def point(self, node: int) -> np.ndarray:
        return self.radius * polar(self.rings.angle[node], self.rings.radius[node])

    def line(self, node: int) -> np.ndarray:
        """Return the way [50, 2] from a node to its opposite: inwards, turning just before it.

        It turns where only lines to the same opposite are, and so crosses no other.
        """
        (opposite,) = self.edges.successors(node)
        places = self.rings
        near = places.radius[opposite] + places.step
        along = [places.radius[node], *np.linspace(near, places.radius[opposite], 49)]
        turned = np.array([0, *np.linspace(0, 1, 49)])
        turned = turned**2 * (3 - 2 * turned)  # begins and ends along the radius
        angle = np.interp(turned, [0, 1], [places.angle[node], places.angle[opposite]])
        return self.radius * polar(angle, np.array(along))

    def size(self, node: int) -> float:
        """Return the diameter of a node: the more lead to it, the larger."""
        if node in self.rings.outermost:
            return min(4.0, 0.7 * self.slot)
        return 3.5 + 0.8 * np.sqrt(self.edges.in_degree(node))

    @cached_property
    def ends(self) -> list[int]:
        """The nodes on the inner ring that lead nowhere, where they are many: none but names along
        the radius have room there.
        """
        ends = [node for node in self.edges if not self.edges.out_degree(node)]
        return ends if len(ends) > _FEW_ENDS else []

    @cached_property
    def text_of_ends(self) -> float:
        """The size of their names, which are the nearer to each other the further in they reach."""
        angles = np.sort([self.rings.angle[node] for node in self.ends])
        apart = 0.85 * np.diff(angles, append=angles[0] + 2 * np.pi).min()
        longest = max(len(self.names[node]) for node in self.ends) * _LETTER
        return min(self.text, apart * INNER * self.radius / (1 + apart * longest))

    @cached_property
    def on_cycles(self) -> set[int]:
        return {node for cycle in self.rings.cycles for node in cycle}


def _draw(axes: Axes, graph: _Graph, looks: Mapping[str, Look]) -> None:
    axes.set(xlim=(-graph.half, graph.half), ylim=(-graph.half, graph.half), aspect="equal")
    inwards = [node for node, _ in graph.edges.edges if node not in graph.on_cycles]
    lines = [graph.line(node) for node in inwards]
    inks = [looks.get(graph.group.get(node), _NO_GROUP)["color"] for node in inwards]
    axes.add_collection(LineCollection(lines, colors=inks, linewidths=0.5, alpha=0.7))
    for cycle in graph.rings.cycles:
        _draw_cycle(axes, [graph.point(node) for node in cycle])
    for group, look in {None: _NO_GROUP, **looks}.items():
        _draw_nodes(axes, graph, [n for n in graph.edges if graph.group.get(n) == group], look)
    if graph.text >= _SMALLEST:
        for node in graph.rings.outermost:
            _name_along(axes, graph, node, graph.text)
    if graph.ends and graph.text_of_ends >= _SMALLEST:
        for node in graph.ends:
            _name_along(axes, graph, node, graph.text_of_ends, outwards=False)
    for node, place in _with_room(graph):
        _name_inside(axes, graph, node, place)


def _draw_cycle(axes: Axes, points: Sequence[np.ndarray]) -> None:
    for here, following in zip(points, [*points[1:], points[0]], strict=True):
        if here is following:  # its own opposite
            axes.plot(*here, "o", markersize=11, markerfacecolor="none", markeredgecolor=INK)
            continue
        bow = {"arrowstyle": "-|>", "connectionstyle": "arc3,rad=0.15", "mutation_scale": 7}
        arrow = FancyArrowPatch(here, following, shrinkA=3, shrinkB=3, color=INK, lw=1.3, **bow)
        axes.add_patch(arrow)


def _draw_nodes(axes: Axes, graph: _Graph, nodes: Sequence[int], look: Look) -> None:
    if not nodes:
        return
    x, y = np.transpose([graph.point(node) for node in nodes])
    known = [look["color"] if graph.edges.out_degree(node) else PAPER for node in nodes]
    frames = [INK if node in graph.on_cycles else look["color"] for node in nodes]
    sizes = [graph.size(node) ** 2 for node in nodes]
    shape = {"marker": look["marker"], "edgecolors": frames, "linewidths": 0.8, "zorder": 3}
    axes.scatter(x, y, sizes, known, **shape)


def _name_along(
    axes: Axes, graph: _Graph, node: int, text: float, *, outwards: bool = True
) -> None:
    """Write a name along the radius, so that it can be read from left to right."""
    angle = graph.rings.angle[node]
    left = np.cos(angle) < 0
    away = 0.6 * text + 1.5 if outwards else -0.5 * graph.size(node) - 2.5
    axes.text(
        *polar(angle, graph.radius * graph.rings.radius[node] + away),
        graph.names[node],
        size=text,
        rotation=np.degrees(angle) + 180 * left,
        rotation_mode="anchor",
        ha="right" if left == outwards else "left",
        va="center_baseline",
    )


def _name_inside(axes: Axes, graph: _Graph, node: int, place: np.ndarray) -> None:
    weight = "bold" if node in graph.on_cycles else "normal"
    style = {"size": _LARGEST, "weight": weight, "path_effects": _HALO, "zorder": 4}
    axes.text(*place, graph.names[node], ha="center", va="center", **style)


def _with_room(graph: _Graph) -> Iterator[tuple[int, np.ndarray]]:
    """Yield nodes inside and the middles of their names, as far as these cover nothing.

    First come the nodes on cycles, then the favourites.
    """
    named = {*graph.rings.outermost, *graph.ends}
    inside = [node for node in graph.edges if node not in named]
    order = sorted(inside, key=lambda n: (n not in graph.on_cycles, -graph.edges.in_degree(n), n))
    nodes = [*inside, *graph.ends]
    taken = [(graph.point(node), graph.size(node) / 2 * np.ones(2)) for node in nodes]
    for node in order:
        letter = _BOLD if node in graph.on_cycles else _LETTER
        half = np.array([len(graph.names[node]) * letter + 0.3, 1.1]) * _LARGEST / 2
        away = half + graph.size(node) / 2
        for side in ((0, -1), (0, 1), (1, 0), (-1, 0)):
            place = graph.point(node) + away * side
            if _is_free(place, half, taken, graph.radius):
                taken.append((place, half))
                yield node, place
                break


def _is_free(
    place: np.ndarray,
    half: np.ndarray,
    taken: Sequence[tuple[np.ndarray, np.ndarray]],
    within: float,
) -> bool:
    """Say whether a box is inside the outermost ring and covers none of the others."""
    if np.hypot(*(np.abs(place) + half)) > within - 3:
        return False
    return all((np.abs(place - other) >= half + its).any() for other, its in taken)


def _shown(graph: _Graph, looks: Mapping[str, Look]) -> dict[str, Look]:
    """Return the looks that a legend explains: those of the nodes, where there are groups."""
    there = {graph.group.get(node) for node in graph.edges}
    none = {"no group": _NO_GROUP} if looks and None in there else {}
    return {group: look for group, look in looks.items() if group in there} | none


def _list_groups(axes: Axes, looks: Mapping[str, Look], columns: int) -> None:
    handles = [
        Line2D([], [], linestyle="none", markersize=5, label=group, **look)
        for group, look in looks.items()
    ]
    if handles:
        place = {"loc": "upper left", "bbox_to_anchor": (0, 1), "borderpad": 0, "borderaxespad": 0}
        title = {"title": "First group of a class", "alignment": "left", "title_fontsize": 7}
        axes.legend(handles=handles, ncols=columns, **place, **title)


def _listed(cycles: pd.DataFrame, letters: int) -> list[str]:
    """Return the longest cycles in lines of so many letters."""
    told = [f"{row.basin} lead to: {row.members}" for row in cycles.head(_LISTED).itertuples()]
    lines = [line for text in told for line in wrap(text, letters, subsequent_indent="    ")]
    more = [f"and {len(cycles) - _LISTED} more"] * (len(cycles) > _LISTED)
    header = "Lines lead inwards, from class to opposite. Arrows are cycles, longest first:"
    return [*wrap(header, letters), *(lines or ["none"]), *more]
