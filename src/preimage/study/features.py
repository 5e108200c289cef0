"""Features: which activations a picture raises. No torch.

A feature is an address without its network, ``Mixed_6b[654, 6, 0]``, or a sum of some; the letter
F of an image set's objective stands for it.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from preimage.descent.objective import Direction, Index, Objective, Span
from preimage.study.template import OWN

_NAME = re.compile(r"(?<![\w.])(\w[\w.-]*)((?:\[[^\]]*\])?)(?=\s+[+-]\s|\s*$)")
_HASHES = 2**16


@dataclass(frozen=True)
class Feature:
    """What one picture, or the frames of one animation, are of.

    steps: a sum of directions for each frame; one, if it stands still. Their network is OWN.
    """

    steps: tuple[Objective, ...]
    name: str

    @cached_property
    def layers(self) -> list[str]:
        """Its layers, in the order in which they are named."""
        return list(dict.fromkeys(part.layer for part in self.steps[-1].parts))

    @cached_property
    def layer(self) -> str:
        """Its layers as tables write them."""
        return " + ".join(self.layers)

    @property
    def hash(self) -> int:
        """A number that spreads features evenly, whatever they are."""
        return int(hashlib.sha256(self.name.encode()).hexdigest(), 16) % _HASHES


def read_feature(text: str) -> Feature:
    """Return the feature of an address or a sum. Raises UserError where it cannot be read."""
    return _feature(Objective.parse(_NAME.sub(rf"{OWN}:\1\2", text)))


def whole_map(layer: str, number: int, axis: str = "map") -> Feature:
    """Return a map of a layer or, of a layer of tokens, a feature of all tokens."""
    index: Index = (Span(), number) if axis == "feature" else (number,)
    return _feature(Objective.of(Direction(OWN, layer, index, tokens=axis == "feature")))


def neuron_by_neuron(layer: str, number: int, rows: int, columns: int) -> Feature:
    """Return a map whose frames have a neuron more each, row by row from the left."""
    steps = tuple(_steps(layer, number, rows, columns))
    return Feature(steps, whole_map(layer, number).name)


def _steps(layer: str, number: int, rows: int, columns: int) -> Iterator[Objective]:
    for row in range(rows):
        above = [(1.0, Direction(OWN, layer, (number, Span(None, row), Span(None, columns))))]
        for column in range(columns):
            newest = Direction(OWN, layer, (number, row, Span(None, column + 1)))
            yield Objective.sum([*above * bool(row), (1.0, newest)])


def _feature(step: Objective) -> Feature:
    return Feature((step,), str(step).replace(f"{OWN}:", ""))
