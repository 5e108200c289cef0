"""The look of all figures in one place: colours, type, and how a figure becomes a file.

Every PNG carries its *address* (what it shows: set, network, layer, recipe, seed ...) as text
metadata, and neither PNG nor PDF carries a date: the same data give the same bytes.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure, SubFigure
from matplotlib.text import Text
from matplotlib.ticker import Formatter, LogFormatterMathtext
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from preimage.figures.fold import BLOCK
from preimage.figures.fonts import NAME, families, lacking
from preimage.files import write_atomically

INK, FAINT, PAPER = "#1a1a1a", "#767676", "#ffffff"
HIT = "#00704f"  # what was asked for
EMPTY = "#c8c8c8"  # hatching and frame where there is no picture

# Okabe and Ito's colours, which colour-blind readers can tell apart; the yellow, too light for
# lines on white, is left out.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_DASHES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
SEQUENTIAL = "cividis"

WIDTH = 7.0  # inches: the text width of a page
DPI = 200
_OF_WIDTH = 0.95  # of a figure's width: what a title may take
_LEGEND_LETTER, _LEGEND_MARK = 0.055, 0.55  # inches

_RC = {
    "font.family": NAME,
    "font.size": 8.0,
    "figure.titlesize": 8.5,
    "figure.titleweight": "bold",
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.0,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "text.parse_math": False,  # names may have a $
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 7.0,
    "lines.linewidth": 1.2,
    "pdf.fonttype": 42,
}


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_ROOM = 0.15  # above and below curves, for the bars of intervals
_POWER = re.compile(r"\^\{(-?\d+)\}")


def bars(
    axes: Axes, places: Sequence[float], low: Sequence[float], high: Sequence[float], color: str
) -> None:
    """Draw intervals as bars, which may leave the panel: its range is that of its curves.

    Those of two photos can span many powers of ten, beside which all curves would be flat.
    """
    ends = zip(places, low, high, strict=True)
    lines = LineCollection([[(x, a), (x, b)] for x, a, b in ends], colors=color, linewidths=0.8)
    axes.add_collection(lines, autolim=False)
    axes.margins(y=_ROOM)


def power_of_ten(exponent: int) -> str:
    """Return 10⁻³ for -3."""
    return f"10{str(exponent).translate(_SUPERSCRIPTS)}"


class _Plain(Formatter):
    """Labels the ticks of a logarithmic axis as another formatter does, without mathtext."""

    def __init__(self, other: Formatter) -> None:
        self._other = other

    def set_axis(self, axis: Axis) -> None:
        super().set_axis(axis)
        self._other.set_axis(axis)

    def set_locs(self, locs: Sequence[float]) -> None:
        super().set_locs(locs)
        self._other.set_locs(locs)

    def __call__(self, x: float, pos: int | None = None) -> str:
        text = self._other(x, pos).removeprefix(r"$\mathdefault{").removesuffix("}$")
        text = text.replace(r"\times", " × ")
        return _POWER.sub(lambda found: found[1].translate(_SUPERSCRIPTS), text)


def _without_mathtext(figure: Figure) -> None:
    """Give logarithmic axes labels of plain text."""
    for axis in (a for axes in figure.axes for a in (axes.xaxis, axes.yaxis)):
        if isinstance(major := axis.get_major_formatter(), LogFormatterMathtext):
            axis.set_major_formatter(_Plain(major))
        if isinstance(minor := axis.get_minor_formatter(), LogFormatterMathtext):
            axis.set_minor_formatter(_Plain(minor))


def in_any_script(drawn: Artist) -> None:
    """Give texts with letters that the usual font lacks the fonts that have them."""
    for text in drawn.findobj(Text):
        if lacking(text.get_text()):
            text.set_fontfamily(families(text.get_text()))


def _within(figure: Figure) -> None:
    """Break the title of a figure, or of a part of it, where it is wider.

    Matplotlib's own wrapping takes every $ for mathematics.
    """
    for part in (figure, *figure.findobj(SubFigure)):
        for title in part.texts:
            if title.get_text() == part.get_suptitle():
                _break(title, _OF_WIDTH * part.bbox.width)


def _break(title: Text, width: float) -> None:
    """Break lines of a title that are wider, in pixels, as an average letter is wide."""
    lines = title.get_text().splitlines()
    if lines and (wide := title.get_window_extent().width) > width:
        letters = int(max(map(len, lines)) * width / wide)
        title.set_text("\n".join(fill(line, letters) for line in lines))


def colour(index: int) -> str:
    """Return the colour of series number `index`; after seven they begin anew."""
    return COLOURS[index % len(COLOURS)]


def marker(index: int) -> str:
    """Return the marker of series number `index`; after seven they begin anew."""
    return MARKERS[index % len(MARKERS)]


def dash(index: int) -> str:
    """Return the dashes of series number `index`: those that share a colour differ in them."""
    return _DASHES[index // len(COLOURS) % len(_DASHES)]


def shortened(name: str, most: int = 28) -> str:
    """Return a name of at most so many letters: of a longer one both ends, which tell it apart."""
    if len(name) <= most:
        return name
    tail = most // 3
    return f"{name[: most - tail - 1].rstrip()}…{name[-tail:].lstrip()}"


def legend_columns(labels: Sequence[str], inches: float, most: int) -> int:
    """Return in how many columns, `most` at the most, a legend of labels is so wide, or less."""
    letters = max(map(len, labels), default=0)
    return min(most, max(1, int(inches / (letters * _LEGEND_LETTER + _LEGEND_MARK))))


@contextmanager
def styled() -> Iterator[None]:
    """Let the block draw in this look, the same whatever a user's matplotlibrc says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


@contextmanager
def plot(
    path: Path, address: Mapping[str, Any], height: float, width: float = WIDTH
) -> Iterator[Figure]:
    """Yield an empty figure (sizes in inches); when the block ends well, write it to `path`.

    `path` ends in .png; a .pdf is written beside it.
    """
    with styled():
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        _without_mathtext(figure)
        FigureCanvasAgg(figure)
        _within(figure)
        in_any_script(figure)
        with write_atomically(path) as beside:
            figure.savefig(beside, dpi=DPI, metadata=_text(address))
        FigureCanvasPdf(figure)
        with write_atomically(path.with_suffix(".pdf")) as beside:
            about = {"Subject": json.dumps(address), "Creator": "preimage", "CreationDate": None}
            figure.savefig(beside, dpi=DPI, metadata=about)


def save_picture(picture: Image.Image, path: Path, address: Mapping[str, Any]) -> None:
    """Write a picture as PNG with its address and, if it has several blocks, the first's width."""
    info = PngInfo()
    block = {BLOCK: picture.info[BLOCK]} if BLOCK in picture.info else {}
    for key, value in (_text(address) | block).items():
        info.add_text(key, value)
    with write_atomically(path) as beside:
        picture.save(beside, pnginfo=info, dpi=(300, 300), compress_level=6)


@dataclass(frozen=True)
class Plot:
    """A plot that is drawn when it is saved: what draws it, its address, its size in inches."""

    draw: Callable[[Figure], object]
    address: Mapping[str, Any]
    height: float
    width: float = WIDTH

    def save(self, path: Path) -> None:
        """Write a PNG and, beside it, a PDF."""
        with plot(path, self.address, self.height, self.width) as figure:
            self.draw(figure)


@dataclass(frozen=True)
class Picture:
    """A picture that is finished, with its address."""

    image: Image.Image
    address: Mapping[str, Any]

    def save(self, path: Path) -> None:
        """Write a PNG."""
        save_picture(self.image, path, self.address)


def _text(address: Mapping[str, Any]) -> dict[str, str]:
    """Return the address as PNG takes it: strings, with lists and mappings as JSON."""
    text = {k: v if isinstance(v, str) else json.dumps(v) for k, v in address.items()}
    return {"Software": "preimage", **text}
