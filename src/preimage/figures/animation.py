"""Frames of an animation: left the picture, right the logits of all classes.

What is the same in all frames is drawn once; only what moves is drawn for each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any, NamedTuple, Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from PIL import Image

from preimage.figures.films import Frame
from preimage.figures.sheet import empty_frame, to_image
from preimage.figures.style import COLOURS, FAINT, INK, in_any_script, styled
from preimage.status import OK

OF_TARGETS = (COLOURS[1], COLOURS[0])  # a red for class A, a blue for B

_WIDTH, _HEIGHT, _DPI = 960, 512, 140  # px; of both, H.264 likes multiples of 16
_SIDE, _LEFT, _TOP = 416, 16, 48  # of the picture, px
AXES = (0.535, 0.135, 0.445, 0.68)  # left, bottom, width, height, as shares of the frame
_HEADING, _NAME = 104, 30  # characters that there is room for


@dataclass(frozen=True)
class Moment:
    """What one frame shows.

    pixels: RGB [3, H, W], shown clipped to [0, 1]; None for a degenerate picture, in whose place
    stands its status. beside: what the panel shows. words: what stands below the picture.
    """

    pixels: NDArray[np.float32] | None
    beside: Any
    words: str
    status: str = OK


class Panel(Protocol):
    """The right side of all frames: axes, and what moves in them."""

    axes: Axes

    def moved(self, beside: Any) -> Sequence[Artist]:  # noqa: ANN401  each panel has its own
        """Return what moves, where it belongs at one moment, from back to front."""


class Stage:
    """Where the moments of an animation are drawn, each thing at one place in all of them."""

    def __init__(self, heading: str, panel: Callable[[Figure], Panel]) -> None:
        """Draw what stays: the heading above all, and what `panel` puts into the figure."""
        with styled():
            self._figure = Figure(figsize=(_WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI)
            self._canvas = FigureCanvasAgg(self._figure)
            self._panel = panel(self._figure)
            self._write(_TOP / 2, shorten(heading, _HEADING, placeholder=" …"), weight="bold")
            self._words = self._write(_TOP + _SIDE + 24, "", animated=True)
            in_any_script(self._figure)
            self._canvas.draw()
        self._still = self._canvas.copy_from_bbox(self._figure.bbox)

    def draw(self, moment: Moment) -> Frame:
        """Return one frame."""
        self._canvas.restore_region(self._still)
        self._words.set_text(moment.words)
        in_any_script(self._words)
        self._figure.draw_artist(self._words)
        for artist in self._panel.moved(moment.beside):
            in_any_script(artist)
            self._panel.axes.draw_artist(artist)
        frame = np.asarray(self._canvas.buffer_rgba())[..., :3].copy()
        frame[_TOP : _TOP + _SIDE, _LEFT : _LEFT + _SIDE] = _picture(moment)
        return frame

    def _write(self, y: float, text: str, **look: object) -> Artist:
        """Write at the left edge, `y` pixels below the upper one."""
        return self._figure.text(_LEFT / _WIDTH, 1 - y / _HEIGHT, text, va="center", **look)


class Said(NamedTuple):
    """Logits [classes], NaN where there are none, and what is said beside the highest of them."""

    logits: NDArray[np.float32]
    first: str


class LogitPanel:
    """The logits of all classes, one beside the other."""

    def __init__(
        self, figure: Figure, targets: Mapping[int, str], classes: int, span: tuple[float, float]
    ) -> None:
        """Draw what stays.

        targets: names of the classes to mark, at most two. classes: how many logits there are.
        span: lowest and highest on their axis.
        """
        self.axes = _axes(figure, targets, classes, span)
        self._all = _dots(
            self.axes, range(classes), size=_size(classes), color=FAINT, markeredgewidth=0
        )
        self._targets = [
            _dots(self.axes, [c], size=7, color=paint)
            for c, paint in zip(targets, OF_TARGETS, strict=False)
        ]
        self._ring = _dots(self.axes, [0], size=11, color=INK, markerfacecolor="none")
        self._first = self.axes.annotate(
            "", (0, 0), (0, 7), textcoords="offset points", animated=True
        )
        self._nothing = _notice(self.axes, "no logits")

    def moved(self, beside: Said) -> Sequence[Artist]:
        """Return the dots and what is said of the highest, or that there are none."""
        logits, first = beside
        if not np.isfinite(logits).all():
            return [self._nothing]
        self._all.set_ydata(logits)
        for dot in self._targets:
            dot.set_ydata(logits[dot.get_xdata()])
        top = int(logits.argmax())
        self._ring.set_data([top], [logits[top]])
        self._first.xy = (top, logits[top])
        self._first.set_text(shorten(first, _NAME, placeholder=" …"))
        self._first.set_ha("left" if top < len(logits) / 2 else "right")  # so that there is room
        return (self._all, *self._targets, self._ring, self._first)


def _axes(
    figure: Figure, targets: Mapping[int, str], classes: int, span: tuple[float, float]
) -> Axes:
    axes = figure.add_axes(AXES, xlim=(-0.03 * classes, 1.03 * classes), ylim=span)
    axes.set(xlabel="class", ylabel="logit")
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.grid(axis="y")
    handles = [
        Line2D([], [], marker="o", linestyle="none", color=paint, label=name)
        for name, paint in zip(targets.values(), OF_TARGETS, strict=False)
    ]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1), handletextpad=0.2)
    return axes


def _notice(axes: Axes, text: str) -> Artist:
    """Return what stands in place of the dots where there are none."""
    look = {"ha": "center", "va": "center", "weight": "bold", "animated": True}
    return axes.text(0.5, 0.5, text, transform=axes.transAxes, **look)


def _dots(axes: Axes, x: Sequence[int], size: float, **look: object) -> Line2D:
    unknown = np.full(len(x), np.nan)
    look |= {"markersize": size, "animated": True}
    (line,) = axes.plot(np.array(x), unknown, "o", **look)
    return line


def _size(classes: int) -> float:
    """Return the size of a dot in points: small where there are many."""
    return float(np.clip(90 / classes**0.5, 2.5, 5))


def _picture(moment: Moment) -> Image.Image:
    if moment.pixels is None:
        return empty_frame(moment.status, _SIDE)
    return to_image(moment.pixels, _SIDE)


@dataclass(frozen=True)
class Animation(Sequence[Frame]):
    """The frames of an animation, each read and drawn when it is asked for."""

    stage: Stage
    moments: Sequence[Callable[[], Moment]]

    def __len__(self) -> int:
        return len(self.moments)

    def __getitem__(self, place: int) -> Frame:
        return self.stage.draw(self.moments[place]())
