"""Image sets: an objective, what its pictures are of, seeds, and who makes them. No torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from preimage.blocks import frame_of
from preimage.descent.objective import LOGITS
from preimage.study.cutting import Item
from preimage.study.kinds import Classes, Features, Kind, Photos, Place, Run, kind_of
from preimage.study.template import Template, template

Entry = Mapping[str, Any]
Plan = dict[str, Any]


@dataclass(frozen=True)
class ImageSet:
    """An entry of `image_sets` in a checked configuration, seen as what it asks for.

    names: of the study's classes. source: the set whose pictures it matches, where it names one.
    """

    entry: Entry
    names: Sequence[str]
    source: "ImageSet | None" = None

    @property
    def name(self) -> str:
        """Its name, which is its folder's as well."""
        return self.entry["name"]

    @property
    def code(self) -> str:
        """The experiment that it belongs to."""
        return self.entry["code"]

    @cached_property
    def template(self) -> Template:
        """Its objective."""
        return template(self.entry["objective"])

    @cached_property
    def kind(self) -> Kind:
        """What its pictures are of."""
        seeds = self.source.seeds if self.source else ()
        return kind_of(self.entry, self.template, self.names, seeds)

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
        return {run["network"]: self._run(run) for run in self.entry["runs"]}

    @property
    def is_of_classes(self) -> bool:
        """Whether its targets are classes, or pairs of them."""
        return isinstance(self.kind, Classes)

    @property
    def is_of_features(self) -> bool:
        """Whether its targets are features: neurons, maps, whole layers."""
        return isinstance(self.kind, Features)

    @property
    def has_one_of_each_class(self) -> bool:
        """Whether there is one picture of each of some classes from each seed."""
        return self.kind.key == "classes" and not self.frames

    def asks(self, plain: str) -> bool:
        """Say whether its pictures are of one class each and its objective is that, as A or -A."""
        return self.has_one_of_each_class and self.template.plain == plain

    def items(self, network: str) -> list[Item]:
        """Return the items of a run: the pictures, or descents, that it consists of."""
        run = self.runs[network]
        places = list(self.kind.places(run))
        return [
            item
            for seed in self.seeds
            for place in places
            for item in self._items(run, place, seed)
        ]

    def furthest(self, network: str) -> list[str]:
        """Return objectives such that a network that can do these can do all of a run."""
        run = self.runs[network]
        return [
            self.kind.item(run, place, self.seeds[0], t=0.5)["objective"]
            for place in self.kind.furthest(run)
        ]

    def _items(self, run: Run, place: Place, seed: int) -> list[Item]:
        """Return the item of a place, or one for each frame where the objective moves."""
        where = {"layer": place.layer, "seed": seed}
        if not self.template.moves:
            return [Item(self.kind.item(run, place, seed) | where, place.numbers)]
        times = [number / (self.frames - 1) for number in range(self.frames)]
        plans = [self.kind.item(run, place, seed, t) | where for t in times]
        return [
            Item(plan | _frame(plan, number), (*place.numbers, number))
            for number, plan in enumerate(plans)
        ]

    def _run(self, run: Entry) -> Run:
        layers = [run.get("layer", LOGITS)]
        if isinstance(self.kind, Photos):
            layers = run.get("layers", self.entry.get("layers", layers))
        return Run(run["network"], run["recipe"], tuple(layers))


def _frame(plan: Plan, number: int) -> Plan:
    return {"item": frame_of(plan["item"], number), "frame": number}


def image_sets(entries: Sequence[Entry], names: Sequence[str]) -> dict[str, ImageSet]:
    """Return the image sets of a configuration by name; `names` are those of its classes."""
    given = {entry["name"]: ImageSet(entry, names) for entry in entries}

    def source(entry: Entry) -> ImageSet | None:
        return given.get(entry.get("pictures", {}).get("set"))

    return {name: replace(one, source=source(one.entry)) for name, one in given.items()}
