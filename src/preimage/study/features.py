"""Image sets of features: which activations each of their pictures raises. No torch.

A feature is an address without its network, ``Mixed_6b[654, 6, 0]``, or a sum of some; the letter
F of an image set's objective stands for it. A set lists `features`, asks for `maps` of layers, or
adds the neurons of maps one by one in `reading_order`, a frame each (experiment M2).
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from preimage.descent.objective import Direction, Objective, Span
from preimage.study.templates import filled

KEYS = ("features", "maps", "reading_order")
_NAME = re.compile(r"(?<![\w.])(\w[\w.-]*)((?:\[[^\]]*\])?)(?=\s+[+-]\s|\s*$)")


class Feature(NamedTuple):
    """What one picture, or the frames of one animation, are of.

    name: as the configuration has it. steps: an address for each frame; one, itself, if it stands
    still.
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
        return [Feature(text, (text,)) for text in image_set["features"]]
    if "maps" in image_set:
        asked = image_set["maps"]
        numbers = asked.get("numbers", range(asked.get("first", 0)))
        names = [f"{layer}[{number}]" for layer in asked["layers"] for number in numbers]
        return [Feature(name, (name,)) for name in names]
    return [_in_reading_order(number, image_set) for number in image_set["reading_order"]["maps"]]


def _in_reading_order(number: int, image_set: Mapping[str, Any]) -> Feature:
    """Return the feature whose frames have a neuron more each, row by row from the left."""
    asked = image_set["reading_order"]
    at = f"{asked['layer']}[{number}"
    steps = []
    for row in range(asked["rows"]):
        above = f"{at}, :{row}] + " if row else ""
        steps += [f"{above}{at}, {row}, :{column + 1}]" for column in range(asked["columns"])]
    return Feature(f"{at}]", tuple(steps))


def addressed(feature: str, network: str) -> str:
    """Return a feature with its network: ``net:conv[3] + net:fc[1]``."""
    return _NAME.sub(rf"{network}:\1\2", feature)


def raising(template: str, feature: str, network: str) -> str:
    """Return the objective that a template gives for a feature of a network."""
    text = filled(template, lambda view, _: addressed(feature, view or network))
    return str(Objective.parse(text))


def _parts(feature: str) -> list[Direction]:
    objective = Objective.parse(addressed(feature, "net"))
    return [part for part in objective.parts if isinstance(part, Direction)]
