"""The kinds of image sets: what their pictures are of. No torch.

A kind knows its key in the configuration, which letter of the objective stands for what it has, its
targets, and the item of each. A new one is a class here and a branch of the schema.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from preimage.blocks import frame_of
from preimage.descent.objective import LOGITS
from preimage.networks.classes import class_index
from preimage.study.features import Feature, neuron_by_neuron, read_feature, whole_map
from preimage.study.template import Template

Entry = Mapping[str, Any]
Plan = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """Who makes an image set, how, and in which layers: several where photos are matched."""

    network: str
    recipe: str
    layers: tuple[str, ...] = (LOGITS,)


class Place(NamedTuple):
    """A target in a layer, and numbers that say where it is among others of that layer."""

    layer: str
    numbers: tuple[int, ...]
    target: Any


@dataclass(frozen=True)
class Kind:
    """What the pictures of an image set are of. names: of the study's classes."""

    key: ClassVar[str]
    several_layers: ClassVar[bool] = False
    layers_by_depth: ClassVar[bool] = False  # whether the order of the layers is that of depth
    entry: Entry
    template: Template
    names: Sequence[str]

    @property
    def asked(self) -> Any:  # noqa: ANN401  each kind has its own
        """What the configuration has under its key."""
        return self.entry[self.key]

    def layers(self, run: Run) -> Sequence[str]:
        """Return the layers of a run, in their order."""
        return run.layers

    def places(self, run: Run) -> Iterator[Place]:
        """Yield the layer and place of each picture of a run from one seed."""
        raise NotImplementedError

    def item(self, run: Run, place: Place, seed: int, t: float = 0.0) -> Plan:
        """Return the plan of a picture: item, target, objective, and what the kind adds."""
        raise NotImplementedError

    def furthest(self, run: Run) -> list[Place]:
        """Return a place of each layer such that a network that has these has all of the run."""
        ordered = sorted(self.places(run), key=lambda place: (max(place.numbers), place.numbers))
        return list({place.layer: place for place in ordered}.values())


class Classes(Kind):
    """Classes, a picture each. The objective is of class A."""

    key = "classes"

    @cached_property
    def targets(self) -> list[tuple[int, ...]]:
        """Numbers of the classes, ascending."""
        if self.asked == "all":
            return [(i,) for i in range(len(self.names))]
        return sorted({(self.number(c),) for c in self.asked})

    def number(self, item: str | int) -> int:
        """Return the number of a class of the configuration."""
        return class_index(item, self.names, f"image set {self.entry['name']}")

    def places(self, run: Run) -> Iterator[Place]:
        """Yield a place for each of the targets."""
        return (Place(run.layers[0], target, target) for target in self.targets)

    def item(self, run: Run, place: Place, seed: int, t: float = 0.0) -> Plan:
        """Return the plan of the picture of a class, or of a pair."""
        target = place.target
        sign = "-" if self.template.lowers_b else "+"
        picture = self.picture(target[0], seed)
        asked = self.template.of_classes(run.network, place.layer, target, picture, t)
        return {
            "item": sign.join(f"{index:03d}" for index in target),
            "target": self.template.words([self.names[c] for c in target], t),
            "classes": list(target),
            "objective": str(asked),
        }

    def picture(self, number: int, seed: int) -> str:
        """Return the name of the picture of a class that P stands for; none here."""
        return ""


class Pairs(Classes):
    """Pairs of classes, listed or drawn. The objective is of classes A and B."""

    key = "pairs"

    @cached_property
    def targets(self) -> list[tuple[int, ...]]:
        """Numbers of the classes of each pair, ascending."""
        if not isinstance(self.asked, Mapping):
            return sorted({tuple(map(self.number, pair)) for pair in self.asked})
        draw, classes = random.Random(self.asked.get("seed", 0)), range(len(self.names))
        every = [(a, b) for a in classes for b in classes if a != b]
        return sorted(draw.sample(every, min(self.asked["sample"], len(every))))


@dataclass(frozen=True)
class Pictures(Classes):
    """Pictures of classes by another run, to match: P. seeds: those that the other run has."""

    seeds: Sequence[int] = ()

    @property
    def source(self) -> tuple[str, str]:
        """Image set and network of the run whose pictures are matched."""
        of = self.entry["pictures"]
        return of["set"], of["network"]

    def picture(self, number: int, seed: int) -> str:
        """Return its name: that from the same seed or, where there is none, from the first."""
        there = seed if seed in self.seeds else self.seeds[0]
        return f"{'.'.join(self.source)}.{number:03d}.{there}"

    def item(self, run: Run, place: Place, seed: int, t: float = 0.0) -> Plan:
        """Return the plan of the picture of a class, with what it is to match."""
        picture = self.picture(place.target[0], seed)
        return super().item(run, place, seed, t) | {"picture": picture}


class Photos(Kind):
    """Photos, each matched in each of some layers: P."""

    key = "photos"
    several_layers = True
    layers_by_depth = True

    def places(self, run: Run) -> Iterator[Place]:
        """Yield a place for each photo in each layer."""
        for layer in run.layers:
            yield from (Place(layer, (i,), name) for i, name in enumerate(self.asked))

    def item(self, run: Run, place: Place, seed: int, t: float = 0.0) -> Plan:
        """Return the plan of the reconstruction of a photo from a layer."""
        photo = place.target
        asked = self.template.of_classes(run.network, place.layer, (), photo)
        about = {"item": f"{place.layer}.{photo}", "target": photo, "photo": photo}
        return about | {"objective": str(asked)}


class Features(Kind):
    """Features that are listed: F."""

    key = "features"
    several_layers = True

    @cached_property
    def features(self) -> list[Feature]:
        """What its pictures are of, in their order."""
        return [read_feature(text) for text in self.asked]

    def places(self, run: Run) -> Iterator[Place]:
        """Yield a place for each feature."""
        return (Place(f.layer, (f.hash,), (f, 0)) for f in self.features)

    def item(self, run: Run, place: Place, seed: int, t: float = 0.0) -> Plan:
        """Return the plan of the picture of a feature, at one of its steps."""
        feature, step = place.target
        asked = self.template.of_feature(run.network, feature.steps[step])
        return {"item": feature.name, "target": feature.name, "objective": str(asked)}

    def furthest(self, run: Run) -> list[Place]:
        """Return all that is listed; of maps in order, the last of each layer."""
        return list(self.places(run)) if type(self) is Features else super().furthest(run)


class Maps(Features):
    """The first maps of layers, or those of some numbers: F."""

    key = "maps"
    layers_by_depth = True

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of the maps of each layer."""
        return self.asked.get("numbers", range(self.asked.get("first", 0)))

    @cached_property
    def by_layer(self) -> dict[str, list[Feature]]:
        """Its features by layer, in the order of the configuration."""
        axis = self.asked.get("axis", "map")
        return {
            layer: [whole_map(layer, number, axis) for number in self.numbers]
            for layer in self.asked["layers"]
        }

    @cached_property
    def features(self) -> list[Feature]:
        """The maps of all layers."""
        return [feature for maps in self.by_layer.values() for feature in maps]

    def layers(self, run: Run | None = None) -> Sequence[str]:
        """Return the layers of its maps, whatever the run."""
        return list(self.asked["layers"])

    def places(self, run: Run) -> Iterator[Place]:
        """Yield a place for each map of each layer."""
        for layer, maps in self.by_layer.items():
            numbered = zip(self.numbers, maps, strict=True)
            yield from (Place(layer, (number,), (one, 0)) for number, one in numbered)


class ReadingOrder(Features):
    """Maps whose neurons are added one by one, a frame each (experiment M2): F."""

    key = "reading_order"

    @cached_property
    def features(self) -> list[Feature]:
        """Its maps."""
        shape = (self.asked["rows"], self.asked["columns"])
        return [neuron_by_neuron(self.asked["layer"], n, *shape) for n in self.asked["maps"]]

    def places(self, run: Run) -> Iterator[Place]:
        """Yield a place for each frame of each map."""
        for number, feature in zip(self.asked["maps"], self.features, strict=True):
            for step in range(len(feature.steps)):
                yield Place(feature.layer, (number, step), (feature, step))

    def item(self, run: Run, place: Place, seed: int, t: float = 0.0) -> Plan:
        """Return the plan of a frame."""
        feature, step = place.target
        frame = {"item": frame_of(feature.name, step), "frame": step}
        return super().item(run, place, seed, t) | frame


KINDS: tuple[type[Kind], ...] = (Classes, Pairs, Photos, Features, Maps, ReadingOrder)


def kind_of(
    entry: Entry, template: Template, names: Sequence[str], seeds: Sequence[int] = ()
) -> Kind:
    """Return what the pictures of an entry of `image_sets` are of.

    seeds: of the set whose pictures are to be matched, where the entry names one.
    """
    if "pictures" in entry:
        return Pictures(entry, template, names, seeds)
    return next(kind for kind in KINDS if kind.key in entry)(entry, template, names)
