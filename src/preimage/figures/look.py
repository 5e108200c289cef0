"""What the configuration may say about the look of sheets of pictures and of films."""

from typing import Annotated

import msgspec

from preimage.plans import Plan

FPS = 20  # frames in a second
_Count = Annotated[int, msgspec.Meta(ge=1)]


class Look(Plan):
    """How sheets of pictures look.

    columns: pictures in a row of a sheet, more where it would be a tall one. most: pictures on a
    sheet, spread evenly over the set. tile: side of a picture in pixels. show: items, by address
    ("007", "003+007"), by class number or by name; empty for all.
    """

    columns: _Count = 8
    most: _Count = 64
    tile: _Count = 200
    show: tuple[str | int, ...] = ()


class FilmLook(Plan):
    """How films look.

    fps: frames in a second. logits: lowest and highest on their axis, which shows more if need be.
    """

    fps: Annotated[int, msgspec.Meta(ge=1, le=50)] = FPS
    logits: tuple[float, ...] = ()
