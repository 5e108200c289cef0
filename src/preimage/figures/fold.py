"""How pictures that would be far taller than wide are laid out broader. All sheets ask here."""

from collections.abc import Callable, Iterable
from typing import TypeVar

TALLEST = 2.0  # times as tall as wide
BLOCK = "block"  # word for the width of the first of several blocks, in what a PNG says of itself

Layout = TypeVar("Layout")


def broad(layouts: Iterable[Layout], size: Callable[[Layout], tuple[float, float]]) -> Layout:
    """Return the first of the layouts, of ever broader ones, that is not a tall one; or the last.

    size: width and height of a layout.
    """
    for layout in layouts:
        width, height = size(layout)
        if height <= TALLEST * width:
            break
    return layout
