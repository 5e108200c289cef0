"""Pictures of single features, and beside each where it differs from its start (codes M1, M3)."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from preimage.blocks import read_image
from preimage.figures.pictures import address, circumstances, heading
from preimage.figures.sheet import Line, Pair, Tile, sheet, to_image
from preimage.figures.style import COLOURS, INK, Picture
from preimage.status import OK

LEGEND = (
    "right: where it differs from its start, blurred as often, as an ellipse of two standard "
    "deviations around the centroid (orange); the neuron's place (blue cross) and the box of all "
    "pixels that can reach it (black); r₅₀, r₉₀: radii with 50 and 90 % of the squared difference"
)
_IN_ROW = 3  # pairs
_DEVIATIONS = 2  # of the ellipse
_SCALE = 3  # the drawing is made larger and reduced, so that lines are smooth
_AREA, _PLACE = COLOURS[1], COLOURS[0]
_KEY = ["set", "network", "layer", "target", "seed", "status"]


def features_sheet(
    pictures: pd.DataFrame, areas: pd.DataFrame, features: Sequence[str], side: int
) -> Picture:
    """Return the features of a run in this order, `side` pixels wide, beside each its area.

    pictures: rows of `read_pictures` of the run. areas: its rows AREAS.
    """
    places = {target: place for place, target in enumerate(features)}
    files = pictures[[*_KEY, "file", "row"]].rename(columns={"row": "row_of_file"})
    shown = areas.merge(files, on=_KEY)
    shown = shown.assign(several=shown.seed.nunique() > 1, place=shown.target.map(places))
    ordered = shown.sort_values(["place", "seed"]).to_dict("records")
    image = sheet(
        [pair(row, _pixels(row), side) for row in ordered],
        columns=_IN_ROW,
        side=side,
        heading=heading(pictures),
        remark=f"{circumstances(pictures)} · {LEGEND}",
    )
    return Picture(image, address(pictures))


def _pixels(row: Mapping[str, Any]) -> NDArray[np.float32] | None:
    return read_image(row["file"], row["row_of_file"]) if row["status"] == OK else None


def pair(row: Mapping[str, Any], pixels: NDArray[np.float32] | None, side: int) -> Pair:
    """Return a feature's picture and its area, `side` pixels wide each.

    They have that size at once: those of a whole set, as they are, may be gigabytes. row: of AREAS.
    pixels: [3, S, S], None where the picture failed.
    """
    title = row["target"] + (f" · seed {row['seed']}" if row["several"] else "")
    if pixels is None:
        return Pair(*(Tile(t, None, status=row["status"]) for t in (title, _said_of_place(row))))
    area = _area(row, pixels, side)
    right = Tile(_said_of_place(row), area, lines=tuple(map(Line, _said(row))))
    return Pair(Tile(title, to_image(pixels, side)), right)


def _said_of_place(row: Mapping[str, Any]) -> str:
    return "" if isnan(row["place_row"]) else f"place {_point(row, 'place')} px"


def _said(row: Mapping[str, Any]) -> list[str]:
    lines = [
        f"centroid {_point(row, 'centroid')} px",
        f"r₅₀ {row['radius_50']:.0f}, r₉₀ {row['radius_90']:.0f} of {row['size']} px",
    ]
    if not isnan(row["distance"]):
        lines.append(f"{row['distance']:.1f} px apart")
        lines.append(f"{row['share_inside']:.0%} in the box")
    if not isnan(row["field_rows"]):
        lines.append(f"field {row['field_rows']:.0f} × {row['field_columns']:.0f} px")
        lines.append(f"effective field r₅₀ {row['effective_radius']:.0f} px")
    return lines


def _point(row: Mapping[str, Any], what: str) -> str:
    return f"[{row[f'{what}_row']:.0f}, {row[f'{what}_column']:.0f}]"


def _area(row: Mapping[str, Any], pixels: NDArray[np.float32], side: int) -> Image.Image:
    """Return a picture [3, S, S] in faint grey with its area drawn on it, `side` pixels wide."""
    large = _SCALE * side
    image = Image.blend(
        to_image(pixels, large).convert("L").convert("RGB"),
        Image.new("RGB", (large, large), "white"),
        0.6,
    )
    _mark(ImageDraw.Draw(image), row, large / row["size"])
    return image.resize((side, side), Image.LANCZOS)


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
