"""Receptive fields of neurons in feature maps: the pixels that reach them, and how far (M1 to M3).

The field of a map is found once, on pictures so large that it has no edge in them; where it lies in
a picture follows from strides. Pixels are counted from 0 at the upper left corner of a picture, so
that the middle of the first one is at 0.5.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from preimage.descent.layers import Extractor
from preimage.descent.layout import Layout
from preimage.descent.objective import Direction
from preimage.descent.recipe import Octave, Recipe
from preimage.errors import UserError
from preimage.measures.features.gradients import mean_square

_MOST = 1536  # px: a field that is not within a picture of this side counts as unbounded
_MAPS = ("map", "row", "column")

Spans = tuple[tuple[float, float], tuple[float, float]]
"""First and last edge of the rows, and of the columns, in pixels."""


class Field(NamedTuple):
    """The receptive field of a map's neurons, in a picture without edges.

    first: row and column of the first pixel that can reach neuron (0, 0); below 0 with padding.
    size: rows and columns of the box of pixels that can reach a neuron. jump: pixels from one
    neuron to the next. radius: of the disc around the middle of the box that has half of the
    squared gradient on noise, in pixels; the effective field.
    """

    first: tuple[int, int]
    size: tuple[int, int]
    jump: int
    radius: float

    def spans(self, neurons: "Neurons") -> Spans:
        """Return the box of the pixels that can reach any of `neurons`, also beyond the picture."""
        rows, columns = (
            (first + self.jump * at[0], first + self.jump * at[-1] + size)
            for first, size, at in zip(self.first, self.size, neurons.places, strict=True)
        )
        return rows, columns

    def middle(self, neurons: "Neurons") -> NDArray[np.float64]:
        """Return the row and column [2] in the middle of the fields of `neurons`."""
        return np.mean(self.spans(neurons), axis=1)


class Neurons(NamedTuple):
    """A rectangle of the neurons of one map."""

    layer: str
    map: int
    rows: range
    columns: range

    @property
    def places(self) -> tuple[range, range]:
        """Their rows and columns."""
        return self.rows, self.columns

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.rows) * len(self.columns)


class Reach(NamedTuple):
    """What an objective's neurons can see and mostly see of the picture in one octave, in pixels of
    the finished picture.

    box: of all pixels that can reach one of them. place: row and column, the mean of their middles.
    radius: of the effective field of one neuron.
    """

    box: Spans
    place: tuple[float, float]
    radius: float

    def in_box(self, side: int) -> NDArray[np.bool_]:
        """Return which pixels [side, side] have their middle in the box."""
        rows, columns = (
            (np.arange(side) + 0.5 > low) & (np.arange(side) + 0.5 < high) for low, high in self.box
        )
        return rows[:, None] & columns

    def in_disc(self, side: int) -> NDArray[np.bool_]:
        """Return which pixels [side, side] are in the effective field around the place."""
        rows, columns = (np.arange(side) + 0.5 - at for at in self.place)
        return np.hypot(rows[:, None], columns) < self.radius


class Reaches:
    """Finds what the neurons of objectives reach in the pictures of a recipe.

    A neuron stays at its row and column when an octave makes the picture larger, and so moves in
    the finished picture; with a crop it is anywhere that the crop takes it.
    """

    def __init__(self, extractor: Extractor, recipe: Recipe) -> None:
        self._extractor, self._recipe = extractor, recipe
        self._layouts = {o.side: extractor.layouts(o.side) for o in recipe.octaves}
        self._fields: dict[tuple[str, int], Field | None] = {}

    def field(self, layer: str, number: int) -> Field | None:
        """Return the field of a map; None where `field_of` finds none."""
        if (layer, number) not in self._fields:
            side = self._recipe.octaves[-1].side
            self._fields[layer, number] = field_of(self._extractor, layer, number, side)
        return self._fields[layer, number]

    def __call__(self, terms: Sequence[Direction]) -> list[Reach]:
        """Return the reach in each octave; none where a term is not of neurons of one map, as of
        tokens, features and whole layers, or where a map has no field.
        """
        return [reach for octave in self._recipe.octaves for reach in self._of(terms, octave)]

    def neurons(self, term: Direction) -> Neurons | None:
        """Return the neurons that a term addresses in the last octave; None as above."""
        return _neurons(self._layouts[self._recipe.octaves[-1].side][term.layer], term)

    def _of(self, terms: Sequence[Direction], octave: Octave) -> Iterator[Reach]:
        asked = [_neurons(self._layouts[octave.side][term.layer], term) for term in terms]
        fields = [self.field(n.layer, n.map) if n else None for n in asked]
        if all(fields):
            yield _reach(fields, asked, octave, self._recipe.octaves[-1].size)


def _reach(fields: Sequence[Field], asked: Sequence[Neurons], octave: Octave, side: int) -> Reach:
    """Return the reach in an octave of neurons and their fields in a picture of `side` pixels."""
    room, scale = octave.size - octave.side, side / octave.size
    ends = np.array([field.spans(neurons) for field, neurons in zip(fields, asked, strict=True)])
    first, last = ends[..., 0].min(axis=0), ends[..., 1].max(axis=0) + room
    box = np.stack([first, last], axis=1).clip(0, octave.size) * scale
    middles = [field.middle(neurons) for field, neurons in zip(fields, asked, strict=True)]
    place = np.average(middles, axis=0, weights=[neurons.count for neurons in asked])
    radius = max(field.radius for field in fields) + room / 2
    rows, columns = box.tolist()
    return Reach((rows, columns), tuple((scale * (place + room / 2)).tolist()), scale * radius)


def _neurons(layout: Layout, term: Direction) -> Neurons | None:
    if layout.axes != _MAPS:
        return None
    number, *places = layout.locate(term)
    if isinstance(number, slice):
        return None
    rows, columns = (
        range(length)[at] if isinstance(at, slice) else range(at, at + 1)
        for at, length in zip(places, layout.shape[1:], strict=True)
    )
    return Neurons(layout.layer, number, rows, columns)


def field_of(extractor: Extractor, layer: str, number: int, side: int) -> Field | None:
    """Return the field of map `number` of `layer`, from pictures of `side` pixels or more.

    The box is that of all pixels that have a gradient on any of some images of noise. None where
    it does not fit into a picture of 1536 px, as behind a mean over the picture, where the network
    takes pictures of one size only, and where no pixel reaches a neuron.
    """
    for tried in _sides(side):
        try:
            jump = _jump(extractor, layer, tried)
        except UserError:  # a size that the network cannot take
            return None
        if not jump:
            return None
        middle = extractor.layouts(tried)[layer].shape[1] // 2
        square = mean_square(extractor, layer, (number, middle), tried)
        if square is not None:
            return _field(square, middle, jump) if square.any() else None
    return None


def _sides(side: int) -> Iterator[int]:
    """Yield the sides of pictures to try: `side`, doubled up to the largest, and that one."""
    while side < _MOST:
        yield side
        side *= 2
    yield _MOST


def _jump(extractor: Extractor, layer: str, side: int) -> int | None:
    """Return how many pixels are from a neuron to the next; None where that is no whole number."""
    rows, more = (extractor.layouts(s)[layer].shape[1] for s in (side, side + 64))
    return 64 // (more - rows) if more > rows and 64 % (more - rows) == 0 else None


def _field(square: NDArray[np.float64], middle: int, jump: int) -> Field:
    """Return the field of a map whose neuron number `middle` on the diagonal has that gradient."""
    there = [np.flatnonzero(square.any(axis=axis)) for axis in (1, 0)]
    first, last = (np.array([at[end] for at in there]) for end in (0, -1))
    size = last + 1 - first
    radius = disc(square, first + size / 2, 0.5)
    return Field(tuple((first - jump * middle).tolist()), tuple(size.tolist()), jump, radius)


def disc(weights: NDArray[np.float64], place: Sequence[float], part: float) -> float:
    """Return the radius of the disc around `place` that has that part of all `weights` [H, W]."""
    rows, columns = (
        np.arange(length) + 0.5 - at for length, at in zip(weights.shape, place, strict=True)
    )
    distances = np.hypot(rows[:, None], columns).ravel()
    order = np.argsort(distances, kind="stable")
    summed = np.cumsum(weights.ravel()[order])
    return float(distances[order][np.searchsorted(summed, part * summed[-1])])
