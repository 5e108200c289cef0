"""Sheets of pictures: tiles in rows, a line or two above and below each. Pillow alone.

Sizes are in pixels and follow from the side of a tile's picture, so that a sheet of four and one
of a hundred look alike.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from preimage.figures.fold import BLOCK, broad
from preimage.figures.fonts import own_font, whole
from preimage.figures.style import EMPTY, FAINT, HIT, INK, PAPER

Draw = ImageDraw.ImageDraw
Font = ImageFont.FreeTypeFont

MOST_LINES = 2
_INDEX = re.compile(r"\[[^\]]*\]?$")  # of an address, or what a line has of it
_ADDRESS = re.compile(r"\S+\.\S+")  # of a layer; the name of a class may have a point and a space
_BETWEEN = re.compile(r"(?<! [+−-])\s+(?![^\[\]]*\])")  # words; not in an index nor behind a sign


@dataclass(frozen=True)
class Line:
    """One line of small text, shortened where it is too long; `hit` marks it."""

    text: str
    hit: bool = False


@dataclass(frozen=True)
class Tile:
    """One picture with a title above and a label below; `hit` marks the label.

    pixels: RGB [3, H, W], shown clipped to [0, 1], or what `to_image` made of it; None draws an
    empty frame with `status` in it.
    note: second line of the label, never marked. lines: more of them, each with its own mark.
    """

    title: str
    pixels: NDArray[np.float32] | Image.Image | None
    label: str = ""
    note: str = ""
    hit: bool = False
    status: str = ""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Name:
    """The name of a row of tiles, in place of a picture; each of the texts on lines of its own."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two tiles side by side that belong together, joined by an arrow."""

    left: Tile
    right: Tile
    both_ways: bool = False


Cell = Tile | Pair | Name


@dataclass(frozen=True)
class _Measures:
    """Lengths that follow from the side of a picture and the lines that its texts need."""

    side: int
    titles: int = MOST_LINES
    labels: int = MOST_LINES
    notes: int = 1
    lines: int = 0

    @property
    def text(self) -> int:
        return max(10, round(self.side * 0.09))

    @property
    def line(self) -> int:
        return round(self.text * 1.25)

    @property
    def small(self) -> int:
        return max(9, round(self.side * 0.075))

    @property
    def small_line(self) -> int:
        return round(self.small * 1.25)

    @property
    def gap(self) -> int:
        return max(6, self.side // 14)

    @property
    def arrow(self) -> int:
        return max(18, self.side // 5)

    @property
    def above(self) -> int:
        return self.titles * self.line + self.line // 4

    @property
    def height(self) -> int:
        """Height of a tile: title, picture, all lines of text, and the room below."""
        below = (self.labels + self.notes) * self.line + self.lines * self.small_line
        return self.above + self.side + below + self.gap


def sheet(
    cells: Sequence[Cell],
    *,
    columns: int,
    side: int,
    heading: str,
    remark: str = "",
) -> Image.Image:
    """Return the sheet of `cells`, row by row, under a bold heading and a remark in grey.

    columns: cells in a row. Where the sheet would be a tall one, rows that begin with a name stand
    in several blocks side by side, each read from top to bottom, and other rows are longer.
    """
    size = _measures(cells, side)
    grid = _grid(cells, max(1, min(columns, len(cells))), size)
    lines = _heading(heading, remark, grid.block - 2 * size.gap, size)
    top = 2 * size.gap + sum(round(font.size * 1.4) for _, font, _ in lines)
    image = Image.new("RGB", (grid.width, top + grid.height + size.gap), PAPER)
    draw = ImageDraw.Draw(image)
    y = size.gap
    for text, font, ink in lines:
        _write(draw, (size.gap, y), text, font, ink)
        y += round(font.size * 1.4)
    for i, cell in enumerate(cells):
        x, y = grid.place(i)
        _cell(image, draw, (size.gap + x, top + y), cell, size)
    if grid.blocks > 1:
        image.info[BLOCK] = str(grid.block)
    return image


@dataclass(frozen=True)
class _Grid:
    """Where `cells` cells stand: rows of some columns, in blocks side by side.

    step, row, gap: pixels from cell to cell, from row to row, and beside a block. least: width.
    """

    cells: int
    columns: int
    blocks: int
    step: int
    row: int
    gap: int
    least: int

    @property
    def rows(self) -> int:
        """How many rows a block has."""
        return ceil(self.cells / (self.columns * self.blocks))

    @property
    def block(self) -> int:
        """Width of a block with its margins."""
        return max(self.columns * self.step + self.gap, self.least)

    @property
    def width(self) -> int:
        """Width of all blocks."""
        return self.blocks * self.block + (self.blocks - 1) * self.gap

    @property
    def height(self) -> int:
        """Height of the highest block."""
        return self.rows * self.row

    def place(self, number: int) -> tuple[int, int]:
        """Return x and y of a cell, from the first one."""
        row, column = divmod(number, self.columns)
        block, down = divmod(row, self.rows)
        return block * (self.block + self.gap) + column * self.step, down * self.row


def _grid(cells: Sequence[Cell], columns: int, size: _Measures) -> _Grid:
    """Return the grid of `columns` columns, or a broader one where that would be a tall one."""
    step = _width(cells, size) + size.gap * (3 if _are_pairs(cells) else 1)
    if any(isinstance(cell, Name) for cell in cells):
        shapes = [(columns, 1 + more) for more in range(ceil(len(cells) / columns))]
    else:
        shapes = [(more, 1) for more in range(columns, len(cells) + 1)]
    grids = [
        _Grid(len(cells), *shape, step, size.height, size.gap, 4 * size.side) for shape in shapes
    ]
    return broad(grids, lambda grid: (grid.width, grid.height))


def _measures(cells: Sequence[Cell], side: int) -> _Measures:
    """Return the lengths for `cells`: all rows have room for the longest texts."""
    tiles = [tile for cell in cells for tile in _tiles(cell)]
    font = _font(_Measures(side).text, bold=True)  # the wider of the two
    titles, labels = (
        max(len(wrap(text, font, side, MOST_LINES)) for text in texts)
        for texts in ([t.title for t in tiles], [t.label for t in tiles])
    )
    lines = max(len(tile.lines) for tile in tiles)
    return _Measures(side, titles, labels, int(any(t.note for t in tiles)), lines)


def _tiles(cell: Cell) -> tuple[Tile, ...]:
    if isinstance(cell, Pair):
        return (cell.left, cell.right)
    return (cell,) if isinstance(cell, Tile) else ()


def _are_pairs(cells: Sequence[Cell]) -> bool:
    return any(isinstance(cell, Pair) for cell in cells)


def _width(cells: Sequence[Cell], size: _Measures) -> int:
    return 2 * size.side + size.arrow if _are_pairs(cells) else size.side


def _heading(heading: str, remark: str, width: int, size: _Measures) -> list[tuple[str, Font, str]]:
    large, small = _font(round(size.text * 1.2), bold=True), _font(size.text)
    return [(line, large, INK) for line in wrap(heading, large, width, 3)] + [
        (line, small, FAINT) for line in wrap(remark, small, width, 4)
    ]


def _cell(
    image: Image.Image, draw: Draw, corner: tuple[int, int], cell: Cell, size: _Measures
) -> None:
    x, y = corner
    if isinstance(cell, Name):
        _name(draw, (x, y + size.above), cell, size)
        return
    if isinstance(cell, Tile):
        _tile(image, draw, corner, cell, size)
        return
    _tile(image, draw, corner, cell.left, size)
    _tile(image, draw, (x + size.side + size.arrow, y), cell.right, size)
    middle = (x + size.side + size.arrow // 2, y + size.above + size.side // 2)
    arrow, ink = ("⇄", HIT) if cell.both_ways else ("→", INK)
    draw.text(middle, arrow, ink, _font(round(size.arrow * 0.8), bold=cell.both_ways), anchor="mm")


def _name(draw: Draw, corner: tuple[int, int], cell: Name, size: _Measures) -> None:
    x, y = corner
    font = _font(size.text, bold=True)
    lines = [line for text in cell.texts for line in wrap(text, font, size.side, MOST_LINES)]
    for i, line in enumerate(lines):
        _write(draw, (x, y + i * size.line), line, font, INK)


def _tile(
    image: Image.Image, draw: Draw, corner: tuple[int, int], tile: Tile, size: _Measures
) -> None:
    x, y = corner
    plain, bold = _font(size.text), _font(size.text, bold=True)
    titles = wrap(tile.title, plain, size.side, MOST_LINES)
    top = y + size.above
    for i, line in enumerate(reversed(titles)):  # the last line sits on the picture
        _write(draw, (x, top - size.line // 4 - (i + 1) * size.line), line, plain, INK)
    if tile.pixels is None:
        image.paste(empty_frame(tile.status, size.side), (x, top))
        return
    image.paste(to_image(tile.pixels, size.side), (x, top))
    font, ink = (bold, HIT) if tile.hit else (plain, INK)
    y = top + size.side + size.line // 5
    for line in wrap(tile.label, font, size.side, MOST_LINES):
        _write(draw, (x, y), line, font, ink)
        y += size.line
    for line in wrap(tile.note, plain, size.side, 1):
        _write(draw, (x, y), line, plain, FAINT)
        y += size.line
    for line in tile.lines:
        font, ink = _font(size.small, bold=line.hit), HIT if line.hit else INK
        font = _with_letters_of(line.text, font)
        _write(draw, (x, y), _shorten(line.text, font, size.side), font, ink)
        y += size.small_line


def _write(draw: Draw, corner: tuple[int, int], line: str, font: Font, ink: str) -> None:
    draw.text(corner, line, ink, _with_letters_of(line, font))


def to_image(pixels: NDArray[np.float32] | Image.Image, side: int) -> Image.Image:
    """Return RGB [3, H, W], clipped to [0, 1], as a picture of `side` x `side` pixels.

    What it made of one before stays as it is.
    """
    image = pixels if isinstance(pixels, Image.Image) else _in_8_bits(pixels)
    return image if image.size == (side, side) else image.resize((side, side), Image.LANCZOS)


def _in_8_bits(pixels: NDArray[np.float32]) -> Image.Image:
    values = (np.clip(pixels, 0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)
    return Image.fromarray(np.ascontiguousarray(values))


def empty_frame(status: str, side: int) -> Image.Image:
    """Return what stands in place of a picture of `side` pixels that there is not."""
    size = _Measures(side)
    frame = Image.new("RGB", (side, side), PAPER)
    draw = ImageDraw.Draw(frame)
    for offset in range(0, 2 * side, max(6, side // 16)):
        draw.line([(offset, 0), (offset - side, side)], EMPTY, 1)
    draw.rectangle([0, 0, side - 1, side - 1], outline=FAINT)
    middle = (side // 2, side // 2)
    font = _font(size.text, bold=True)
    left, top, right, bottom = draw.textbbox(middle, status, font, anchor="mm")
    pad = size.text // 2
    draw.rectangle([left - pad, top - pad, right + pad, bottom + pad], PAPER)
    draw.text(middle, status, INK, font, anchor="mm")
    return frame


def wrap(text: str, font: Font, width: int, most: int) -> list[str]:
    """Break `text` at spaces into lines of at most `width` pixels; past `most` lines, an ellipsis.

    A word that is wider than a line is shortened; the index of an address such as a[7] stays.
    """
    font = _with_letters_of(text, font)
    lines: list[str] = []
    for word in _words(text, font, width):
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        lines[most - 1 :] = [f"{lines[most - 1]} …"]
    return [_shorten(line, font, width) for line in lines]


def _words(text: str, font: Font, width: int) -> Iterator[str]:
    """Yield what may stand on a line of its own; an index is broken only if it is wider."""
    for word in filter(None, _BETWEEN.split(text.strip())):
        index = _INDEX.search(word)
        whole = not index or font.getlength(f"…{index.group()}") <= width
        yield from [word] if whole else word.split()


def _shorten(line: str, font: Font, width: int) -> str:
    """Return a line that fits, with an ellipsis at its end.

    Of an address, such as a.b[7], it is in the middle: the index stays, and most of the end of a
    name, which tells one layer from another.
    """
    if font.getlength(line) <= width:
        return line
    index = _INDEX.search(line)
    tail = index.group() if index and font.getlength(f"…{index.group()}") <= width else ""
    name = line.removesuffix(tail or "…").rstrip()
    is_address = bool(tail or _ADDRESS.fullmatch(name))
    shorter = (_without_middle(name, kept, is_address) for kept in reversed(range(len(name))))
    return next((s + tail for s in shorter if font.getlength(s + tail) <= width), f"…{tail}")


def _without_middle(name: str, kept: int, is_address: bool) -> str:
    """Return so many letters of a name: of an address a third of them, and a sign, in front."""
    front = max(kept // 3, min(kept, 3)) if is_address else kept
    return f"{name[:front].rstrip()}…{name[len(name) - kept + front :]}"


def _font(size: int, *, bold: bool = False) -> Font:
    return _opened(str(own_font(bold=bold)), size)


def _with_letters_of(text: str, font: Font) -> Font:
    """Return a font, or another one of its size that has the letters which it lacks."""
    file = whole(text)
    return font if file is None else _opened(file, font.size)


@cache
def _opened(file: str, size: int) -> Font:
    return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
