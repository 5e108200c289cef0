"""Whether the texts of a figure can be read: none is cut off, and no two run into each other.

Of slanted texts the boxes say more than is covered: whether these run into others is not seen.
"""

from collections.abc import Iterator
from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

ROOM = 1.0  # pixels at the figure's own resolution that boxes of texts may share
SHARE = 0.15  # of the smaller box: letters leave room in the boxes around them


def faults(figure: Figure) -> list[str]:
    """Return what nobody could read, in words."""
    boxes = [(text, text.get_window_extent()) for text in _shown(figure)]
    whole = figure.bbox
    cut = [
        f"{_said(text)} is cut off"
        for text, box in boxes
        if box.x0 < whole.x0 - ROOM
        or box.y0 < whole.y0 - ROOM
        or box.x1 > whole.x1 + ROOM
        or box.y1 > whole.y1 + ROOM
    ]
    crossed = [
        f"{_said(one)} runs into {_said(other)}"
        for (one, a), (other, b) in combinations(filter(_is_upright, boxes), 2)
        if _overlap(a, b)
    ]
    return cut + crossed


def _is_upright(text_and_box: tuple[Text, Bbox]) -> bool:
    return text_and_box[0].get_rotation() % 90 == 0


def _shown(figure: Figure) -> Iterator[Text]:
    """Yield the texts that are shown, but for the labels of ticks: those are matplotlib's."""
    ticks = {id(label) for axes in figure.axes for label in _ticks(axes)}
    for text in figure.findobj(Text):
        hidden = text.axes is not None and not text.axes.get_visible()
        if text.get_visible() and text.get_text().strip() and not hidden and id(text) not in ticks:
            yield text


def _ticks(axes: Axes) -> Iterator[Text]:
    for axis in (axes.xaxis, axes.yaxis):
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            yield from (tick.label1, tick.label2)
        yield axis.get_offset_text()


def _overlap(a: Bbox, b: Bbox) -> bool:
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    if width <= ROOM or height <= ROOM:
        return False
    return width * height > SHARE * min(a.width * a.height, b.width * b.height)


def _said(text: Text) -> str:
    return repr(text.get_text())
