"""The kinds of image sets: what their pictures are of, and the items of each run. No torch.

A kind knows its key in the configuration, where its pictures are among each other, and the plan of
each. A new one is a class here, named in KINDS, and a branch of the schema.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from preimage.blocks import frame_of
from preimage.descent.objective import LOGITS
from preimage.networks.classes import class_index
from preimage.study.cutting import Item
from preimage.study.features import Feature, neuron_by_neuron, read_feature, whole_map
from preimage.study.template import Template, template

Entry = Mapping[str, Any]
Plan = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """Who makes an image set, how, and in which layers: several where photos are matched, of which
    a run may have its own.
    """

    network: str
    recipe: str
    layers: Sequence[str]
    photos: Sequence[str] = ()


class Place(NamedTuple):
    """What a picture is of, its layer, and numbers that say where it is among others of that."""

    layer: str
    numbers: tuple[int, ...]
    target: Any


@dataclass(frozen=True)
class ImageSet:
    """An entry of `image_sets` in the configuration: an objective, targets, seeds, runs.

    names: of the study's classes. source: the set whose pictures it matches, where it names one.
    """

    key: ClassVar[str]
    is_of_classes: ClassVar[bool] = False
    is_of_features: ClassVar[bool] = False
    has_layers_by_depth: ClassVar[bool] = False  # so that their order is checked
    entry: Entry
    names: Sequence[str] = ()
    source: "ImageSet | None" = None

    @property
    def name(self) -> str:
        """Its name, which is its folder's as well."""
        return self.entry["name"]

    @property
    def asked(self) -> Any:  # noqa: ANN401  each kind has its own
        """What the configuration has under its key."""
        return self.entry[self.key]

    @cached_property
    def template(self) -> Template:
        """Its objective."""
        return template(self.entry["objective"])

    @property
    def seeds(self) -> Sequence[int]:
        """Its seeds, ascending, for the lowest counts where one does; one where none is given."""
        return sorted(self.entry.get("seeds", [999]))

    @property
    def frames(self) -> int | None:
        """How many pictures of each target make an animation; None for pictures that stand."""
        return self.entry.get("frames")

    @cached_property
    def runs(self) -> dict[str, Run]:
        """Its runs by the network that makes the pictures."""
        runs = self.entry["runs"]
        return {
            r["network"]: Run(r["network"], r["recipe"], self.layers(r), self.photos(r))
            for r in runs
        }

    @property
    def has_one_of_each_class(self) -> bool:
        """Whether there is one picture of each of some classes from each seed."""
        return self.key == "classes" and not self.frames

    def asks(self, plain: str) -> bool:
        """Say whether its pictures are of one class each and its objective is that, as A or -A."""
        return self.has_one_of_each_class and self.template.plain == plain

    def layers(self, run: Entry) -> list[str]:
        """Return the layers of a run of the configuration, in their order."""
        return [run.get("layer", LOGITS)]

    def photos(self, run: Entry) -> Sequence[str]:
        """Return the photos of a run of the configuration; none of other targets."""
        return ()

    def items(self, network: str) -> list[Item]:
        """Return the items of a run: the pictures, or descents, that it consists of."""
        run, times = self.runs[network], self._times
        places = list(self.places(run))
        return [
            self._item(run, place, seed, at)
            for seed in self.seeds
            for place in places
            for at in times
        ]

    def firsts(self, network: str) -> list[Plan]:
        """Return the plan of each target of a run, from its first seed and at the first time."""
        run = self.runs[network]
        return [self.plan(run, place, self.seeds[0]) for place in self.places(run)]

    def furthest(self, network: str) -> list[str]:
        """Return objectives such that a network that can do these can do all of a run."""
        run = self.runs[network]
        return [self.plan(run, place, self.seeds[0], 0.5)["objective"] for place in self.ends(run)]

    @cached_property
    def _times(self) -> list[tuple[int | None, float]]:
        """The numbers and times of frames; none is a frame unless the objective moves."""
        if not self.template.moves:
            return [(None, 0.0)]
        return [(number, number / (self.frames - 1)) for number in range(self.frames)]

    def _item(self, run: Run, place: Place, seed: int, at: tuple[int | None, float]) -> Item:
        number, time = at
        plan = self.plan(run, place, seed, time) | {"layer": place.layer, "seed": seed}
        if number is None:
            return Item(plan, place.numbers)
        frame = {"item": frame_of(plan["item"], number), "frame": number}
        return Item(plan | frame, (*place.numbers, number))

    def places(self, run: Run) -> Iterator[Place]:
        """Yield the place of each picture of a run from one seed."""
        raise NotImplementedError

    def ends(self, run: Run) -> list[Place]:
        """Return a place of each layer such that a network that has these has all of the run."""
        ordered = sorted(self.places(run), key=lambda place: (max(place.numbers), place.numbers))
        return list({place.layer: place for place in ordered}.values())

    def plan(self, run: Run, place: Place, seed: int, t: float = 0.0) -> Plan:
        """Return what there is to say of a picture: item, target, objective, and what it is of."""
        raise NotImplementedError


class Classes(ImageSet):
    """Classes, a picture each. The objective is of class A."""

    key = "classes"
    is_of_classes = True

    @cached_property
    def targets(self) -> list[tuple[int, ...]]:
        """Numbers of the classes, ascending."""
        if self.asked == "all":
            return [(i,) for i in range(len(self.names))]
        return sorted({(self.number(c),) for c in self.asked})

    def number(self, item: str | int) -> int:
        """Return the number of a class of the configuration."""
        return class_index(item, self.names, f"image set {self.name}")

    def places(self, run: Run) -> Iterator[Place]:
        """Yield a place for each of the targets."""
        return (Place(run.layers[0], target, target) for target in self.targets)

    def plan(self, run: Run, place: Place, seed: int, t: float = 0.0) -> Plan:
        """Return the plan of the picture of a class, or of a pair."""
        target, sign = place.target, "-" if self.template.lowers_b else "+"
        picture = self.picture(target[0], seed)
        asked = self.template.of_classes(run.network, place.layer, target, picture, t)
        about = {"picture": picture} if picture else {}
        return about | {
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


class Pictures(Classes):
    """Classes whose pictures by another run are matched: P."""

    @property
    def matched(self) -> tuple[str, str]:
        """Image set and network of the run whose pictures are matched."""
        of = self.entry["pictures"]
        return of["set"], of["network"]

    def picture(self, number: int, seed: int) -> str:
        """Return its name: that from the same seed or, where there is none, from the first."""
        there = self.source.seeds
        return f"{'.'.join(self.matched)}.{number:03d}.{seed if seed in there else there[0]}"


class Photos(ImageSet):
    """Photos, each matched in each of some layers: P."""

    key = "photos"
    has_layers_by_depth = True

    def layers(self, run: Entry) -> list[str]:
        """Return the layers of a run, which may be those of the set."""
        return list(run.get("layers", self.entry.get("layers", ())))

    def photos(self, run: Entry) -> Sequence[str]:
        """Return the photos of a run: its own, or all of the set, in the order of the set."""
        own = run.get("photos", self.asked)
        return [name for name in self.asked if name in own]

    def places(self, run: Run) -> Iterator[Place]:
        """Yield a place for each photo of the run in each layer."""
        for layer in run.layers:
            for i, name in enumerate(self.asked):
                if name in run.photos:
                    yield Place(layer, (i,), name)

    def plan(self, run: Run, place: Place, seed: int, t: float = 0.0) -> Plan:
        """Return the plan of the reconstruction of a photo from a layer."""
        layer, _, photo = place
        asked = self.template.of_classes(run.network, layer, (), photo)
        about = {"item": f"{layer}.{photo}", "target": photo, "photo": photo}
        return about | {"objective": str(asked)}


class Features(ImageSet):
    """Features that are listed: F."""

    key = "features"
    is_of_features = True

    @cached_property
    def features(self) -> list[Feature]:
        """What its pictures are of, in their order."""
        return [read_feature(text) for text in self.asked]

    def places(self, run: Run) -> Iterator[Place]:
        """Yield a place for each feature."""
        return (Place(f.layer, (f.hash,), (f, 0)) for f in self.features)

    def ends(self, run: Run) -> list[Place]:
        """Return the places of all features, for each has an address of its own."""
        return list(self.places(run))

    def plan(self, run: Run, place: Place, seed: int, t: float = 0.0) -> Plan:
        """Return the plan of the picture of a feature, at one of its steps."""
        feature, step = place.target
        asked = self.template.of_feature(run.network, feature.steps[step])
        about = {"item": feature.name, "target": feature.name, "objective": str(asked)}
        if len(place.numbers) > 1:
            about |= {"item": frame_of(feature.name, step), "frame": step}
        return about


class Maps(Features):
    """The first maps of layers, or those of some numbers: F."""

    key = "maps"
    has_layers_by_depth = True
    ends = ImageSet.ends

    @cached_property
    def by_layer(self) -> dict[str, list[Feature]]:
        """Its features by layer, in the order of the configuration."""
        axis = self.asked.get("axis", "map")
        return {
            layer: [whole_map(layer, number, axis) for number in self._numbers]
            for layer in self.asked["layers"]
        }

    @cached_property
    def features(self) -> list[Feature]:
        """The maps of all layers."""
        return [feature for maps in self.by_layer.values() for feature in maps]

    @property
    def _numbers(self) -> Sequence[int]:
        return self.asked.get("numbers", range(self.asked.get("first", 0)))

    def layers(self, run: Entry) -> list[str]:
        """Return the layers of its maps, whatever the run."""
        return list(self.asked["layers"])

    def places(self, run: Run) -> Iterator[Place]:
        """Yield a place for each map of each layer."""
        for layer, maps in self.by_layer.items():
            numbered = zip(self._numbers, maps, strict=True)
            yield from (Place(layer, (number,), (one, 0)) for number, one in numbered)


class ReadingOrder(Features):
    """Maps whose neurons are added one by one, a frame each (experiment M2): F."""

    key = "reading_order"
    ends = ImageSet.ends

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


KINDS: tuple[type[ImageSet], ...] = (Classes, Pairs, Photos, Features, Maps, ReadingOrder)


def image_sets(entries: Sequence[Entry], names: Sequence[str]) -> dict[str, ImageSet]:
    """Return the image sets of a configuration by name; `names` are those of its classes."""
    found = {}
    for entry in entries:
        kind = next(kind for kind in KINDS if kind.key in entry)
        found[entry["name"]] = kind(entry, names)
    for entry in entries:
        if matched := entry.get("pictures"):
            found[entry["name"]] = Pictures(entry, names, found.get(matched["set"]))
    return found
