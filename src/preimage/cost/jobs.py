"""The jobs of a study that descend, ask networks or train, and what each takes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil

import torch

from preimage.batches import AUTO, Batch
from preimage.cost.counts import Counts
from preimage.cost.mlps import descents, inversions
from preimage.descent.at_once import descended, largest, read
from preimage.descent.objective import LOGITS, Objective
from preimage.descent.recipe import Recipe
from preimage.descent.value import kind
from preimage.device import room_of
from preimage.measures.depth.reconstructions import TOGETHER
from preimage.operations import Operations
from preimage.study import classes, depth, feature_maps, space
from preimage.study.inversions import inversion_plan
from preimage.study.mlps import experiment_plan, photos_of
from preimage.study.sources import is_merged, is_trained, learns_noise
from preimage.study.study import Plan, Study

_FLOAT = 4  # bytes
_TRACED = 250  # moments of a descent that are kept, at most
_OF_MOMENT = 20  # bytes of one in a table
_OF_GRADIENT = 4  # images whose reading takes as long as a photo's and a gradient
_PROOF = 4  # images that a network sees, forward and back, before it is believed at a size


@dataclass(frozen=True)
class Job:
    """A job: its rule, what it is of, and what it takes.

    part: what jobs are added up by, a set of images or a name of the configuration. image_steps:
    steps of one image that are asked for; 0 where nothing is descended on. work: operations by
    the precision in which they are computed. networks: bytes of the networks in memory. pictures:
    bytes of pictures in memory at a time. files: bytes that are written.
    """

    rule: str
    part: str
    name: str
    image_steps: int = 0
    work: Mapping[str, Operations] = field(default_factory=dict)
    networks: float = 0
    pictures: float = 0
    files: float = 0


@dataclass(frozen=True)
class Step:
    """A step of a batch, and how often the study takes it: the costliest is tried for real."""

    objective: Objective
    recipe: Recipe
    octave: int
    batch: int
    operations: Operations
    times: int = 0

    @property
    def flops(self) -> float:
        """Floating-point operations of all of them."""
        return self.times * self.operations.flops


class StudyJobs:
    """The jobs of a study that is computed `batch` images at once, on some device."""

    def __init__(self, study: Study, batch: Batch, device: torch.device | None = None) -> None:
        self.study, self.batch = study, batch
        self._device = device or torch.device("cpu")
        self.counts = Counts({name: study.network_plan(name) for name in study.networks})
        self._steps: dict[int, Step] = {}  # by what they take, which is counted once

    @property
    def steps(self) -> list[Step]:
        """The steps of all descents of the jobs that there have been so far."""
        return [*self._steps.values()]

    def __iter__(self) -> Iterator[Job]:
        """Yield them, family by family."""
        yield from self._networks()
        for run in self.study.runs:
            for block, plan in self.study.blocks(*run).items():
                yield self._block(*run, block, plan)
        yield from self._asked()
        yield from self._measured()
        yield from self._unconnected()

    # Pictures

    def _block(self, image_set: str, network: str, block: str, plan: Plan) -> Job:
        recipe, items = self.study.recipe(image_set, network), plan["items"]
        work, held = Operations(), 0.0
        for alike in _groups([Objective.parse(item["objective"]) for item in items]):
            found = self._descents(alike, recipe)
            work, held = work + found, max(held, found.held)
        pictures = len(items) * plan.get("frames", 1)
        size = recipe.octaves[-1].size
        traces = min(_TRACED, recipe.iterations) * _OF_MOMENT * len(items)
        return Job(
            rule="generate_images",
            part=f"{image_set} of {network}",
            name=f"{image_set}/{network}/{block}",
            image_steps=len(items) * recipe.iterations,
            work={recipe.precision: work},
            networks=self._bytes(self.study.networks_of(image_set, network)),
            pictures=2 * pictures * _picture(size),  # in a list, then in one tensor
            files=pictures * _picture(size) + traces,
        )

    def _descents(self, objectives: Sequence[Objective], recipe: Recipe) -> Operations:
        """Return what descents of one kind take: the last batch is filled up."""
        batch = min(self._at_once(objectives, recipe), len(objectives))
        batches = ceil(len(objectives) / batch)
        found = Operations()
        for number, octave in enumerate(recipe.octaves):
            step = self.counts.step(objectives[0], recipe, octave, batch)
            times = batches * octave.iterations
            known = self._steps.get(id(step), Step(objectives[0], recipe, number, batch, step))
            self._steps[id(step)] = replace(known, times=known.times + times)
            found += step * times
            for view in {part.view for part in objectives[0].parts}:
                side = view.side or octave.side
                found += self._proof(view.network, side)
        return found

    def _at_once(self, objectives: Sequence[Objective], recipe: Recipe) -> int:
        """Return how many of the descents of a kind there are at once."""
        if self.batch != AUTO:
            return self.batch
        step = self.counts.step(objectives[0], recipe, largest(recipe), 1)
        return descended(recipe, step, len(objectives), room_of(self._device, recipe.precision))

    # Measures

    def _asked(self) -> Iterator[Job]:
        """Yield the jobs in which networks judge pictures of classes."""
        for image_set in dict(self.study.class_runs):
            runs, names = classes.runs_of(self.study, image_set), len(self.study.classes)
            work, files, most = Operations(), 0, 0.0
            for run in runs:
                judges = self.study.judges_of(run[1])
                pictures = self._pictures(*run)
                work += self._judged(judges, pictures)
                files += pictures * len(judges) * names * _FLOAT
                most = max(most, self._of_block(*run))
            networks = dict.fromkeys(j for _, n in runs for j in self.study.judges_of(n))
            place = ("ask_networks", image_set, image_set)
            yield Job(*place, 0, {"float32": work}, self._bytes(networks), most, files)

    def _measured(self) -> Iterator[Job]:
        yield from self._reconstructions()
        asked = feature_maps.asked_plan(self.study)["runs"]
        if asked:  # pictures as they are, and with scrambled phases
            work = _sum(
                self._judged(run["witnesses"], 2 * self._pictures(run["set"], run["network"]))
                for run in asked
            )
            names = dict.fromkeys(name for run in asked for name in run["witnesses"])
            yield Job(*_one("ask_about_maps"), 0, {"float32": work}, self._bytes(names))
        spaces = space.spaces(self.study).values()
        if spaces:
            work = _sum(
                self._judged([plan["judge"]], self._pictures(plan["set"], plan["network"]))
                for plan in spaces
            )
            names = dict.fromkeys(plan["judge"] for plan in spaces)
            yield Job(*_one("measure_axes"), 0, {"float32": work}, self._bytes(names))

    def _reconstructions(self) -> Iterator[Job]:
        """Yield the jobs that read reconstructions, and those in which networks judge them."""
        for image_set in dict(self.study.photo_runs):
            runs = [run for run in self.study.photo_runs if run[0] == image_set]
            work = Operations()
            for run in runs:
                work += self._beside_photos(*run)
            names = [network for _, network in runs]
            place = ("measure_reconstructions", image_set, image_set)
            yield Job(*place, 0, {"float32": work}, self._bytes(names))
            judges = depth.judges(self.study)
            pictures = sum(self._pictures(*run) for run in runs)
            photos = len(depth.recognition_plan(self.study, image_set)["photos"])
            work = self._judged(judges, pictures + photos) * 2  # features, and what they say
            place = ("recognise_photos", image_set, image_set)
            yield Job(*place, 0, {"float32": work}, self._bytes(judges))

    def _beside_photos(self, image_set: str, network: str) -> Operations:
        """Return what it takes to read reconstructions: each layer of a block has its reader."""
        octaves = self.study.recipe(image_set, network).octaves
        first, last, found = octaves[0].size, octaves[-1].size, Operations()
        proofs = [self._proof(network, side) for side in {first, last}]
        for block in self.study.blocks(image_set, network).values():
            objectives = [Objective.parse(item["objective"]) for item in block["items"]]
            layers = Counter(part.layer for one in objectives for part in one.parts)
            for layer, pictures in layers.items():
                gradient = self.counts.reading(network, layer, first, _OF_GRADIENT)
                seen = self.counts.reading(network, layer, last, TOGETHER)
                found += (seen + gradient) * pictures + _sum(proofs)
        return found

    def _proof(self, network: str, side: int) -> Operations:
        """Return what it takes to believe a reader at a size."""
        return self.counts.reading(network, LOGITS, side, 1) * (2 * _PROOF)

    def _judged(self, judges: Iterable[str], pictures: int) -> Operations:
        """Return what it takes that networks see pictures, each at its own size."""
        sizes = {judge: self.counts.plan(judge).size for judge in judges}
        return _sum(self._read(judge, size, pictures) for judge, size in sizes.items())

    def _read(self, judge: str, size: int, pictures: int) -> Operations:
        reading = partial(self.counts.reading, judge, LOGITS, size)
        batch = self.batch
        if batch == AUTO:
            batch = read(reading(1), max(pictures, 1), room_of(self._device))
        return reading(batch) * ceil(pictures / batch)

    # Networks

    def _networks(self) -> Iterator[Job]:
        for name, entry in self.study.networks.items():
            size = self.counts.bytes_of(name)
            rule, work = "build_network", Operations()
            if is_merged(entry):
                rule, work = "merge_network", self._merged(name, entry["weights"]["merged"])
            elif is_trained(entry):
                rule = "memorise_noise" if learns_noise(entry) else "train_network"
                work = self._trained(name, entry["weights"]["trained"])
            copies = 1 if rule == "build_network" else 4  # gradients, and Adam's two moments
            yield Job(rule, name, name, 0, {"float32": work}, copies * size, 0, size)

    def _merged(self, name: str, asked: Plan) -> Operations:
        from preimage.networks.merging import Merging  # noqa: PLC0415

        known = {"network", "toward", "images"}
        merge = Merging(**{key: value for key, value in asked.items() if key not in known})
        run = (asked["images"]["set"], asked["images"]["network"])
        blocks = self.study.blocks(*run)
        wanted = asked["images"].get("classes")
        items = [i for plan in blocks.values() for i in plan["items"]]
        count = sum(wanted is None or item["classes"][0] in wanted for item in items)
        step = self.counts.learning(name, min(merge.batch, count))
        return step * merge.steps + self._judged([asked["network"], asked["toward"], name], count)

    def _trained(self, name: str, asked: Plan) -> Operations:
        from preimage.networks.demo_training import Training  # noqa: PLC0415

        if asked.get("data") == "noise":
            batches = ceil(asked["images"] / asked.get("batch", 128))
            per_epoch = self.counts.learning(name, ceil(asked["images"] / batches)) * batches
            seen = self._judged([name], asked["images"])
            return (per_epoch + seen * 2) * asked["epochs"]  # BatchNorms, and how many are right
        settings = {key: value for key, value in asked.items() if key != "data"}
        training = Training(size=self.counts.plan(name).size, **settings)
        return self.counts.learning(name, training.batch) * training.steps

    # Networks of linear layers

    def _unconnected(self) -> Iterator[Job]:
        for entry in self.study.config["mlps"]:
            plan = experiment_plan(entry, self._photos(entry))
            found = descents(plan)
            yield Job(
                rule="descend_mlps",
                part=entry["name"],
                name=entry["name"],
                image_steps=sum(c["iterations"] for c in plan["curves"]) * len(plan["seeds"]),
                work={plan["precision"]: found},
                files=len(plan["curves"]) * len(plan["seeds"]) * 3 * plan["side"] ** 2 * _FLOAT,
            )
        for entry in self.study.config["inversions"]:
            work = {"float64": inversions(inversion_plan(entry, self._photos(entry)))}
            yield Job("invert_mlps", entry["name"], entry["name"], 0, work)

    def _photos(self, entry: Plan) -> dict[str, Plan]:
        """Return the photos of an entry by name; what they are costs nothing."""
        return {name: {} for name in photos_of(entry)}

    def _pictures(self, image_set: str, network: str) -> int:
        """Return how many pictures a run has."""
        blocks = self.study.blocks(image_set, network).values()
        return sum(len(plan["items"]) * plan.get("frames", 1) for plan in blocks)

    def _of_block(self, image_set: str, network: str) -> float:
        """Return the bytes of the pictures of a run's largest block."""
        blocks = self.study.blocks(image_set, network).values()
        most = max(len(plan["items"]) * plan.get("frames", 1) for plan in blocks)
        return most * _picture(self.study.recipe(image_set, network).octaves[-1].size)

    def _bytes(self, networks: Iterable[str]) -> float:
        return sum(self.counts.bytes_of(name) for name in networks)


def _groups(objectives: Sequence[Objective]) -> list[list[Objective]]:
    """Return objectives by what they must share to be descended on together."""
    found: dict[object, list[Objective]] = {}
    for one in objectives:
        found.setdefault(kind(one), []).append(one)
    return list(found.values())


def _sum(parts: Iterable[Operations]) -> Operations:
    return sum(parts, start=Operations())


def _one(rule: str) -> tuple[str, str, str]:
    """Return rule, part and name of the only job of a rule."""
    return rule, "all", rule


def _picture(size: int) -> int:
    return 3 * size**2 * _FLOAT
