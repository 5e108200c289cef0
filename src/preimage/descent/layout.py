"""How the activation of a layer is laid out, and which part of it an address means."""

from dataclasses import dataclass

from torch import Tensor

from preimage.descent.objective import Direction, Span
from preimage.errors import UserError


@dataclass(frozen=True)
class Layout:
    """How one layer's activation is laid out, without the batch: its axes and their lengths."""

    layer: str
    axes: tuple[str, ...]
    shape: tuple[int, ...]

    def locate(self, term: Direction) -> tuple[int | slice, ...]:
        """Return what indexes one item's activation. Raises UserError for an address not there."""
        named = dict(zip(self._names(term), term.index, strict=False))
        if len(term.index) > len(self._names(term)):
            raise UserError(f"{term}: {self} has {len(self.axes)} axes, {len(term.index)} given")
        return tuple(
            self._position(term, axis, length, named.get(axis, Span()))
            for axis, length in zip(self.axes, self.shape, strict=True)
        )

    def _names(self, term: Direction) -> tuple[str, ...]:
        if "token" in self.axes and term.index and not term.tokens:
            raise UserError(
                f"{term}: {self}; say which token and which feature: [token=0, feature=5], "
                "or [feature=5] of all tokens, which in maps is axis: feature"
            )
        names = ("map", "row", "column") if "map" in self.axes else self.axes
        if term.tokens and "token" not in self.axes:
            raise UserError(f"{term}: {self}, not tokens; give [{', '.join(names)}]")
        return names

    def _position(self, term: Direction, axis: str, length: int, at: int | Span) -> int | slice:
        if isinstance(at, Span):
            chosen = range(length)[at.start : at.stop]
            if len(chosen) == 0 or (at.stop or 0) > length:
                raise UserError(f"{term}: {axis} {at} holds nothing valid, {self}")
            return slice(at.start, at.stop)
        if at >= length:
            raise UserError(f"{term}: there is no {axis} {at}, {self} ({axis} 0 to {length - 1})")
        return at

    @property
    def lengths(self) -> str:
        """The lengths of all axes: ``96 maps x 111 rows x 111 columns``."""
        return " x ".join(f"{n} {a}s" for a, n in zip(self.axes, self.shape, strict=True))

    def __str__(self) -> str:
        return f"layer {self.layer} gives {self.lengths}"


def axes_of(layer: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Name the axes of the activation of a square image.

    Rows and columns are as many, which tells feature maps with channels first (most networks) from
    those with channels last (Swin, inside ConvNeXt's blocks).
    """
    if len(shape) == 1:
        return ("feature",)
    if len(shape) == 2:
        return ("token", "feature")
    if len(shape) == 3 and shape[1] == shape[2]:
        return ("map", "row", "column")
    if len(shape) == 3 and shape[0] == shape[1]:
        return ("row", "column", "map")
    raise UserError(
        f"layer {layer} gives {' x '.join(map(str, shape))}: neither features, tokens nor square "
        "maps; choose another layer"
    )


def is_activation(value: object) -> bool:
    if not isinstance(value, Tensor) or not value.is_floating_point() or len(value) != 1:
        return False
    try:
        return bool(axes_of("", tuple(value.shape[1:])))
    except UserError:
        return False
