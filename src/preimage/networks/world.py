"""The classes of the demo world: each is a combination of known factors. No torch, no pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from preimage.errors import UserError, near_matches

SHAPES = ("circle", "ring", "square", "triangle", "star", "cross", "hexagon")
COLOURS = ("red", "green", "blue", "yellow", "purple", "cyan")
TEXTURES = ("plain", "striped", "dotted", "checked")


@dataclass(frozen=True)
class World:
    """The factors whose combinations are the classes, in the order of the names given.

    Raises `UserError` for a name that cannot be drawn, a name given twice, or an empty factor.
    """

    shapes: Sequence[str] = ("ring", "square", "triangle", "star")
    colours: Sequence[str] = ("red", "green", "blue")
    textures: Sequence[str] = ("plain", "striped", "dotted")

    def __post_init__(self) -> None:
        known = {"shapes": SHAPES, "colours": COLOURS, "textures": TEXTURES}
        for factor, names in known.items():
            given = tuple(getattr(self, factor))
            _check(factor, given, names)
            object.__setattr__(self, factor, given)

    @cached_property
    def classes(self) -> list[str]:
        """The name of each class, such as ``"red striped ring"``; textures change fastest."""
        combinations = product(self.shapes, self.colours, self.textures)
        return [f"{colour} {texture} {shape}" for shape, colour, texture in combinations]

    def factors(self, index: int) -> dict[str, str]:
        """Return the shape, the colour and the texture of class `index` (0 .. classes - 1)."""
        colour, texture, shape = self.classes[index].split()
        return {"shape": shape, "colour": colour, "texture": texture}


def _check(factor: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    if not given or len(set(given)) < len(given):
        raise UserError(
            f"demo world: {factor} are {list(given)}, which should be at least one name, none twice"
        )
    for name in given:
        if name not in known:
            raise UserError(
                f"demo world: {factor} have {name!r}, which cannot be drawn"
                f"{near_matches(str(name), list(known))}; known are {', '.join(known)}"
            )
