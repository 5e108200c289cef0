"""What the configuration may say about the look of sheets of pictures and of films."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

import msgspec

from preimage.errors import UserError
from preimage.plans import Plan

FPS = 20  # frames in a second
_Count = Annotated[int, msgspec.Meta(ge=1)]


class Look(Plan):
    """How sheets of pictures look.

    columns: pictures in a row of a sheet. most: pictures on a sheet, spread evenly over the set.
    tile: side of a picture in pixels. show: items, by address ("007", "003+007"), by class number
    or by name; empty for all.
    """

    columns: _Count = 8
    most: _Count = 64
    tile: _Count = 200
    show: tuple[str | int, ...] = ()

    @classmethod
    def read(cls, data: Mapping[str, Any], where: str) -> Self:
        """Read a mapping of some of the keys. Raises UserError for others, or bad values."""
        try:
            return msgspec.convert(dict(data), cls)
        except msgspec.ValidationError as error:
            raise UserError(f"{where}: {error}") from error


class FilmLook(Plan):
    """How films look.

    fps: frames in a second. logits: lowest and highest on their axis, which shows more if need be.
    """

    fps: Annotated[int, msgspec.Meta(ge=1, le=50)] = FPS
    logits: tuple[float, ...] = ()
