"""Several sheets as one picture. Pillow alone."""

from collections.abc import Sequence

from PIL import Image

from preimage.figures.fold import BLOCK, broad
from preimage.figures.style import PAPER

Columns = list[Sequence[Image.Image]]


def stack(sheets: Sequence[Image.Image]) -> Image.Image:
    """Return the sheets, at least one, from top to bottom, flush left.

    Where that would be a tall picture, they stand in several columns.
    """
    columns = broad((_cut(sheets, count) for count in range(1, len(sheets) + 1)), _size)
    whole = Image.new("RGB", _size(columns), PAPER)
    left = 0
    for column in columns:
        top = 0
        for sheet in column:
            whole.paste(sheet, (left, top))
            top += sheet.height
        left += _width(column)
    if len(columns) > 1:
        whole.info[BLOCK] = str(_width(columns[0]))
    return whole


def _cut(sheets: Sequence[Image.Image], columns: int) -> Columns:
    length = -(-len(sheets) // columns)
    return [sheets[i : i + length] for i in range(0, len(sheets), length)]


def _size(columns: Columns) -> tuple[int, int]:
    heights = (sum(sheet.height for sheet in column) for column in columns)
    return sum(map(_width, columns)), max(heights)


def _width(column: Sequence[Image.Image]) -> int:
    return max(sheet.width for sheet in column)
