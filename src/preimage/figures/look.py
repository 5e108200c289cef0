"""What the configuration may say about the look of sheets of pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from preimage.errors import UserError, check_keys


@dataclass(frozen=True)
class Look:
    """How sheets of pictures look.

    columns: pictures in a row of a sheet. most: pictures on a sheet, spread evenly over the set.
    tile: side of a picture in pixels. show: items, by address ("007", "003+007"), by class number
    or by name; empty for all.
    """

    columns: int = 8
    most: int = 64
    tile: int = 200
    show: tuple[str | int, ...] = ()

    @classmethod
    def read(cls, data: Mapping[str, Any], where: str) -> Self:
        """Read a mapping of some of the keys. Raises UserError for others, or bad values."""
        check_keys(data, [f.name for f in fields(cls)], where)
        look = cls(**{**data, "show": tuple(data.get("show", ()))})
        for key in ("columns", "most", "tile"):
            value = getattr(look, key)
            if not isinstance(value, int) or value < 1:
                raise UserError(f"{where}: {key} is {value!r}, must be a whole number above 0")
        return look
