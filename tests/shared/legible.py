"""Whether the texts of a figure can be read: none is cut off, runs into another, or lies on a
panel that it is not of.

Texts are rectangles, slanted ones slanted; separating axes say how deep one is in another.
"""

from collections.abc import Iterator
from math import cos, radians, sin

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

ROOM = 1.0  # pixels at the figure's own resolution that may be outside
SHARE = 0.15  # of the height of the smaller letters: rectangles have room above and below these
_CORNERS = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])

Rectangle = NDArray[np.float64]  # corners [4, 2], one after the other


def faults(figure: Figure) -> list[str]:
    """Return what nobody could read, in words."""
    texts = [*_shown(figure)]
    if not texts:
        return []
    places = np.stack([*map(_rectangle, texts)])
    return [
        *_cut(figure, texts, places),
        *_crossed(texts, places),
        *_on_panels(figure, texts, places),
    ]


def _shown(figure: Figure) -> Iterator[Text]:
    """Yield the texts that are drawn."""
    undrawn = {id(text) for axes in figure.findobj(Axes) for text in _undrawn(axes)}
    for text in figure.findobj(Text):
        hidden = text.axes is not None and not text.axes.get_visible()
        if (
            text.get_visible()
            and text.get_text().strip()
            and not hidden
            and id(text) not in undrawn
        ):
            yield text


def _undrawn(axes: Axes) -> Iterator[Text]:
    """Yield texts of the axes' two axis that are not drawn: those of ticks out of view, too."""
    for axis in (axes.xaxis, axes.yaxis):
        if not (axes.axison and axis.get_visible()):
            yield from axis.findobj(Text)
            continue
        along = axis.get_transform().transform
        low, high = sorted(along(axis.get_view_interval()))
        near = 1e-6 * (high - low)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not (tick.get_visible() and low - near <= along(tick.get_loc()) <= high + near):
                yield from (tick.label1, tick.label2)


def _rectangle(text: Text) -> Rectangle:
    box, angle = Text.get_window_extent(text), text.get_rotation()  # without a note's arrow
    if angle % 90 == 0:
        return _of_box(box)
    text.set_rotation(0)
    size = Text.get_window_extent(text).size
    text.set_rotation(angle)
    turn = np.array([[cos(a := radians(angle)), sin(a)], [-sin(a), cos(a)]])
    return (box.p0 + box.p1) / 2 + _CORNERS * size @ turn


def _of_box(box: Bbox) -> Rectangle:
    return (box.p0 + box.p1) / 2 + _CORNERS * box.size


def _cut(figure: Figure, texts: list[Text], places: NDArray[np.float64]) -> Iterator[str]:
    out = (places < figure.bbox.p0 - ROOM) | (places > figure.bbox.p1 + ROOM)
    for i in np.flatnonzero(out.any(axis=(1, 2))):
        yield f"{_said(texts[i])} is cut off"


def _crossed(texts: list[Text], places: NDArray[np.float64]) -> Iterator[str]:
    for i, text in enumerate(texts[:-1]):
        for j in i + 1 + _near(places[i], places[i + 1 :]):
            if _depth(places[i], places[j]) > min(_room(text), _room(texts[j])):
                yield f"{_said(text)} runs into {_said(texts[j])}"


def _on_panels(figure: Figure, texts: list[Text], places: NDArray[np.float64]) -> Iterator[str]:
    panels = [axes for axes in figure.findobj(Axes) if axes.get_visible() and axes.axison]
    for panel in panels:
        own = {id(text) for axes in _with_twins(panel, panels) for text in axes.findobj(Text)}
        whole = _of_box(panel.bbox)
        for i in _near(whole, places):
            if id(texts[i]) not in own and _depth(whole, places[i]) > _room(texts[i]):
                yield f"{_said(texts[i])} lies on another panel"


def _with_twins(panel: Axes, panels: list[Axes]) -> list[Axes]:
    return [axes for axes in panels if np.allclose(axes.bbox.extents, panel.bbox.extents)]


def _near(one: Rectangle, others: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the numbers of rectangles [n, 4, 2] whose upright boxes touch that of one."""
    beyond = (others.min(axis=1) >= one.max(axis=0)) | (others.max(axis=1) <= one.min(axis=0))
    return np.flatnonzero(~beyond.any(axis=1))


def _depth(one: Rectangle, other: Rectangle) -> float:
    """Return by how many pixels one rectangle is in another; none or less if they do not meet."""
    sides = np.concatenate([np.diff(one[:3], axis=0), np.diff(other[:3], axis=0)])
    across = (sides / np.linalg.norm(sides, axis=1, keepdims=True)).T
    a, b = one @ across, other @ across
    shared = np.minimum(a.max(axis=0), b.max(axis=0)) - np.maximum(a.min(axis=0), b.min(axis=0))
    return shared.min()


def _room(text: Text) -> float:
    return SHARE * text.get_size() * text.get_figure(root=True).dpi / 72


def _said(text: Text) -> str:
    return repr(text.get_text())
