"""Image sets of features: which activations each of their pictures raises. No torch.

A feature is an address without its network, ``Mixed_6b[654, 6, 0]``, or a sum of some; the letter
F of an image set's objective stands for it. A set lists `features`, asks for `maps` of layers, or
adds the neurons of maps one by one in `reading_order`, a frame each (experiment M2).
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import ceil
from typing import Any, NamedTuple

from preimage.descent.objective import Direction, Level, Minimum, Objective, Span, Term, View
from preimage.errors import UserError
from preimage.study.templates import filled

KEYS = ("features", "maps", "reading_order")
_HERE = "_"  # stands for a network
_NAME = re.compile(r"(?<![\w.])(\w[\w.-]*)((?:\[[^\]]*\])?)(?=\s+[+-]\s|\s*$)")


class Feature(NamedTuple):
    """What one picture, or the frames of one animation, are of.

    name: as an objective prints it, without a network. steps: an address for each frame; one,
    itself, if it stands still.
    """

    name: str
    steps: tuple[str, ...]

    @property
    def layers(self) -> list[str]:
        """Its layers, in the order in which they are named."""
        return list(dict.fromkeys(part.layer for part in _parts(self.steps[-1])))

    @property
    def place(self) -> int:
        """The first index of its address, which is a map's number; 0 of a whole layer."""
        index = _parts(self.name)[0].index
        first = next((at for at in index if not isinstance(at, Span)), 0)
        return first if isinstance(first, int) else 0


def is_of_features(image_set: Mapping[str, Any]) -> bool:
    """Say whether the pictures of an image set are of features."""
    return any(key in image_set for key in KEYS)


def features_of(image_set: Mapping[str, Any]) -> list[Feature]:
    """Return what the pictures of a checked image set of features are of, in their order."""
    if "features" in image_set:
        return [Feature(name, (name,)) for name in map(_printed, image_set["features"])]
    if "maps" in image_set:
        asked = image_set["maps"]
        numbers = asked.get("numbers", range(asked.get("first", 0)))
        at = "feature=" if asked.get("axis") == "feature" else ""
        names = [f"{layer}[{at}{number}]" for layer in asked["layers"] for number in numbers]
        return [Feature(name, (name,)) for name in names]
    return [_in_reading_order(number, image_set) for number in image_set["reading_order"]["maps"]]


def stretches(image_set: Mapping[str, Any], length: int) -> Iterator[tuple[Feature, int, str]]:
    """Yield the pictures of a set: of which feature, at which of its steps, in which stretch.

    A stretch has about `length` pictures at the most: maps with numbers in a row, frames of one
    map, or, of features of one layer, those that a digest of their names puts together. Another
    picture changes no stretch but its own, unless listed features outgrow a power of two of them.
    """
    features = features_of(image_set)
    count = Counter(tuple(feature.layers) for feature in features)
    for feature in features:
        for number in range(len(feature.steps)):
            if "reading_order" in image_set:
                stretch = f"{feature.place:04d}{number // length:03d}"
            elif "maps" in image_set:
                stretch = f"{feature.place // length:03d}"
            else:
                needed = ceil(count[tuple(feature.layers)] / length)
                digest = int(hashlib.sha256(feature.name.encode()).hexdigest(), 16)
                stretch = f"{digest % 2 ** (needed - 1).bit_length():03d}"
            yield feature, number, stretch


def _in_reading_order(number: int, image_set: Mapping[str, Any]) -> Feature:
    """Return the feature whose frames have a neuron more each, row by row from the left."""
    asked = image_set["reading_order"]
    at = f"{asked['layer']}[{number}"
    steps = []
    for row in range(asked["rows"]):
        above = f"{at}, :{row}, :{asked['columns']}] + " if row else ""
        steps += [f"{above}{at}, {row}, :{column + 1}]" for column in range(asked["columns"])]
    return Feature(f"{at}]", tuple(steps))


def addressed(feature: str, network: str) -> str:
    """Return a feature with its network: ``net:conv[3] + net:fc[1]``."""
    return _NAME.sub(rf"{network}:\1\2", feature)


def raising(template: str, feature: str, network: str) -> str:
    """Return the objective that a template gives for a feature of a network.

    Raises UserError where it does not exist: the level, or the weaker, of a sum of addresses.
    """
    asked = Objective.parse(filled(template, lambda view, letter: f"{view or network}:{letter}"))
    whole = Objective(())
    for weight, term in asked.terms:
        whole += weight * _of(feature, term)
    return str(whole)


def _of(feature: str, term: Term) -> Objective:
    """Return a term of a template with a feature in place of its letter."""
    match term:
        case Direction():
            return Objective.parse(addressed(feature, str(term.view)))
        case Level():
            return Objective.of(replace(term, direction=_alone(feature, term.direction.view)))
        case Minimum():
            return Objective.of(Minimum(tuple(_alone(feature, part.view) for part in term.parts)))
    raise UserError(f"{term} is of a photo, not of a feature")


def _alone(feature: str, view: View) -> Direction:
    match Objective.parse(addressed(feature, str(view))).terms:
        case ((1.0, Direction() as direction),):
            return direction
    raise UserError(f"match and min take one address, {feature!r} is a sum: give F alone for that")


def _printed(feature: str) -> str:
    return str(Objective.parse(addressed(feature, _HERE))).replace(f"{_HERE}:", "")


def _parts(feature: str) -> list[Direction]:
    objective = Objective.parse(addressed(feature, _HERE))
    return [part for part in objective.parts if isinstance(part, Direction)]
