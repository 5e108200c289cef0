"""Pictures of single features, and beside each where it differs from its start (codes M1, M3)."""

from collections.abc import Mapping
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from preimage.figures.sheet import Line, Pair, Tile, to_image
from preimage.figures.style import COLOURS, INK

LEGEND = (
    "right: where it differs from its start, blurred as often, as an ellipse of two standard "
    "deviations around the centroid (orange); the neuron's place (blue cross) and the box of all "
    "pixels that can reach it (black); r₅₀, r₉₀: radii with 50 and 90 % of the squared difference"
)
_DEVIATIONS = 2  # of the ellipse
_SCALE = 3  # the drawing is made larger and reduced, so that lines are smooth
_AREA, _PLACE = COLOURS[1], COLOURS[0]


def pair(row: Mapping[str, Any], side: int) -> Pair:
    """Return a feature's picture and its area, `side` pixels wide each.

    row: of AREAS, with `pixels` [3, S, S], which are None where the picture failed.
    """
    title = row["target"] + (f" · seed {row['seed']}" if row["several"] else "")
    if row["pixels"] is None:
        return Pair(*(Tile(t, None, status=row["status"]) for t in (title, _said_of_place(row))))
    right = Tile(_said_of_place(row), _area(row, side), lines=tuple(map(Line, _said(row))))
    return Pair(Tile(title, row["pixels"]), right)


def _said_of_place(row: Mapping[str, Any]) -> str:
    return "" if isnan(row["place_row"]) else f"place {_point(row, 'place')} px"


def _said(row: Mapping[str, Any]) -> list[str]:
    lines = [
        f"centroid {_point(row, 'centroid')} px",
        f"r₅₀ {row['radius_50']:.0f}, r₉₀ {row['radius_90']:.0f} of {row['size']} px",
    ]
    if not isnan(row["distance"]):
        lines.append(f"{row['distance']:.1f} px apart, {row['share_inside']:.0%} in box")
    if not isnan(row["field_rows"]):
        lines.append(f"field {row['field_rows']:.0f} × {row['field_columns']:.0f} px")
        lines.append(f"effective field r₅₀ {row['effective_radius']:.0f} px")
    return lines


def _point(row: Mapping[str, Any], what: str) -> str:
    return f"[{row[f'{what}_row']:.0f}, {row[f'{what}_column']:.0f}]"


def _area(row: Mapping[str, Any], side: int) -> NDArray[np.float32]:
    """Return the picture in faint grey with its area drawn on it, RGB [3, side, side]."""
    large = _SCALE * side
    image = Image.blend(
        to_image(row["pixels"], large).convert("L").convert("RGB"),
        Image.new("RGB", (large, large), "white"),
        0.6,
    )
    _mark(ImageDraw.Draw(image), row, large / row["size"])
    small = image.resize((side, side), Image.LANCZOS)
    return np.asarray(small, dtype=np.float32).transpose(2, 0, 1) / 255


def _mark(draw: ImageDraw.ImageDraw, row: Mapping[str, Any], scale: float) -> None:
    """Draw box, ellipse, centroid and place; `scale` is of pixels of the drawing to the picture."""

    def at(name: str) -> NDArray[np.float64]:
        return scale * np.array([row[f"{name}_column"], row[f"{name}_row"]])

    width = 2 * _SCALE
    dot = np.array([1.5 * width] * 2)
    if not isnan(row["box_top"]):
        box = [row[f"box_{edge}"] * scale for edge in ("left", "top", "right", "bottom")]
        draw.rectangle(box, outline=INK, width=width)
    middle, half = at("centroid"), _DEVIATIONS * at("spread")
    draw.ellipse([*(middle - half), *(middle + half)], outline=_AREA, width=width)
    draw.ellipse([*(middle - dot), *(middle + dot)], fill=_AREA)
    if not isnan(row["place_row"]):
        x, y = at("place")
        arm = 3 * width
        draw.line([x - arm, y, x + arm, y], _PLACE, width)
        draw.line([x, y - arm, x, y + arm], _PLACE, width)
