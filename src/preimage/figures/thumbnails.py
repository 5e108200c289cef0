"""Points of a plane with small pictures and names on them: as many as there is room for."""

from collections.abc import Callable, Sequence
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnnotationBbox, OffsetImage, TextArea, VPacker
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from preimage.blocks import of, read_image
from preimage.figures.sheet import to_image
from preimage.figures.style import FAINT, INK, PAPER, WIDTH, colour
from preimage.status import OK

SIDE = 0.42  # inches, of a picture
_FONT = 5.0  # points
_LETTERS = 15  # of a line of a name
_LINES = 2
_HALO = [withStroke(linewidth=1.5, foreground=PAPER)]  # names stay legible on dots
_NAME = {"size": _FONT, "color": INK, "ha": "center", "path_effects": _HALO}
_BOX = (0.56, SIDE + _LINES * 0.085 + 0.1)  # inches: picture and name with the room around them
_PIXELS = 128  # side to which pictures are resized

_MANY = 150  # points for which a page is not wide enough

Picture = Callable[[int], NDArray[np.float32] | None]  # RGB [3, H, W] of a point, None for none


def picture_of(pictures: pd.DataFrame, image_set: str, network: str, seed: int) -> Picture:
    """Return what reads the picture of a class, of rows that `read_pictures` found."""
    rows = of(pictures, image_set, network)
    rows = rows[rows.seed == seed].set_index("class_a")

    def read(number: int) -> NDArray[np.float32] | None:
        found = rows.loc[number]
        return read_image(found.file, found.row) if found.status == OK else None

    return read


def page(count: int) -> float:
    """Return the width in inches of a figure in which `count` points can be seen."""
    return WIDTH if count <= _MANY else 2 * WIDTH


def draw_points(
    axes: Axes, points: NDArray[np.float64], names: Sequence[str], picture: Picture
) -> list[int]:
    """Draw `points` [n, 2] as dots, and where there is room the picture and the name instead.

    A line above says how many are pictures. Returns the numbers of these points, of which alone
    `picture` is asked. The figure must have its size and everything else that takes room in it.
    """
    axes.margins(0.1)
    axes.scatter(*points.T, s=5, color=colour(0), alpha=0.6, linewidths=0, zorder=1)
    count = axes.set_title(" ", loc="right", fontsize=6, fontweight="normal", color=FAINT)
    axes.figure.draw_without_rendering()  # so that places on the page are known
    places = axes.transData.transform(points) / axes.figure.dpi
    shown = spread(places, _BOX)
    for number in shown:
        axes.add_artist(_thumbnail(points[number], names[number], picture(number)))
    if len(shown) < len(points):
        count.set_text(f"{len(shown)} of {len(points)} classes as pictures, the others as dots")
    return shown


def spread(places: NDArray[np.float64], box: tuple[float, float]) -> list[int]:
    """Return the numbers of points [n, 2] on which boxes of a size do not overlap, ascending.

    A point whose box would overlap few others goes first, so that many boxes find room.
    """
    overlap = (np.abs(places[:, None] - places[None, :]) < box).all(axis=2)
    left, shown = np.ones(len(places), dtype=bool), []
    while left.any():
        crowd = np.where(left, (overlap & left).sum(axis=1), len(places) + 1)
        number = int(crowd.argmin())
        shown.append(number)
        left &= ~overlap[number]
    return sorted(shown)


def _thumbnail(
    point: NDArray[np.float64], name: str, pixels: NDArray[np.float32] | None
) -> AnnotationBbox:
    lines = wrap(name, _LETTERS, max_lines=_LINES, placeholder=" …") or [""]
    text = TextArea("\n".join(lines), textprops={**_NAME})
    text.set_multilinebaseline(True)
    parts = [text]
    if pixels is not None:
        image = OffsetImage(to_image(pixels, _PIXELS), zoom=SIDE * 72 / _PIXELS)
        parts = [image, text]
    packed = VPacker(children=parts, align="center", pad=0, sep=1)
    # The point is in the middle of the picture, not of picture and name.
    box = AnnotationBbox(packed, point, frameon=False, pad=0, box_alignment=(0.5, 0.6))
    box.set_in_layout(False)
    box.set_zorder(2)
    return box
