"""What a job asks a cluster for, in minutes and memory, from what its networks take. No torch.

What a network takes for one image was counted when the study was checked (`check_study`), and is
kept by what builds it. From that, and from the plan of a job, follows how much it computes; how
long that takes is a guess on the safe side, since nobody knows the nodes of a cluster. A job that
is ended by its limit is tried again with twice as much, and goes on from its last checkpoint.
`preimage cost` says what jobs really take on a machine.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from math import ceil
from operator import mul
from pathlib import Path
from typing import Any

from preimage.batches import AUTO, CPU, MOST, UNKNOWN, evenly, gpu
from preimage.study import classes
from preimage.study.keys import digest
from preimage.study.study import Plan, Study

KNOWN = Path("results/costs.json")

# Floating-point operations a second: of a GPU, and of a thread of a CPU.
_FLOPS = {"gpu": 5e11, "cpu": 5e9}
# Seconds of a step of a batch beside them, which is long for small networks on a GPU.
_STEP = 0.03
_LEAST, _MOST = 20, 24 * 60  # minutes
_OTHERS = 60, 8000  # minutes and megabytes of a job that nothing is known of
# Bytes before any network is there: of the libraries, and where there is a GPU, of its driver.
_START = {"gpu": 5e9, "cpu": 2e9}
_COPIES = 6  # of a network in memory: as it was read, as it is traced, folded in float64
_TRAINED = 4  # of a network that learns: gradients, and what an optimiser remembers
_PROOF = 4  # images, forward and back, before a layer of a network is believed at a size
_BESIDE = 29 + 2 * _PROOF  # images that a network sees for a reconstruction: noisy ones, a gradient
_ROOM = 2  # times what a gradient needs
_FLOAT = 4  # bytes


@dataclass(frozen=True)
class Image:
    """What a network takes for one image of its own size.

    flops: floating-point operations forward; a gradient of the image takes as many again, and one
    of the weights too. held: bytes that are kept for the gradient. weights: bytes of the network.
    """

    flops: float
    held: float
    weights: float


def key(plan: Mapping[str, Any]) -> str:
    """Return what stands for a network as it is built, whatever its weights, by its plan."""
    parts = ("architecture", "module", "code", "options", "arguments", "output", "input", "size")
    return digest([*(plan.get(part) or None for part in parts), len(plan["categories"])])


class Needs:
    """What the jobs of a study ask for.

    known: what networks take, by `key`. on_gpu: whether jobs that compute have a GPU each.
    """

    def __init__(self, study: Study, known: Mapping[str, Any], *, on_gpu: bool) -> None:
        self.study, self.on = study, "gpu" if on_gpu else "cpu"
        keys = {name: key(study.network_plan(name)) for name in study.networks}
        self.images = {name: Image(*known[one]) for name, one in keys.items() if one in known}

    @property
    def are_known(self) -> bool:
        """Whether of every network is known what it takes."""
        return len(self.images) == len(self.study.networks)

    def minutes(self, rule: str, wildcards: Mapping[str, str], attempt: int) -> int:
        """Return the minutes that a job asks for, twice as many whenever it is tried again."""
        first, _ = self._asked(rule, tuple(wildcards.items()))
        return first * 2 ** (attempt - 1)

    def megabytes(self, rule: str, wildcards: Mapping[str, str], attempt: int) -> int:
        """Return the megabytes of memory that a job asks for, twice as many likewise."""
        _, first = self._asked(rule, tuple(wildcards.items()))
        return first * 2 ** (attempt - 1)

    @cache  # noqa: B019  it lives as long as the process
    def _asked(self, rule: str, wildcards: tuple[tuple[str, str], ...]) -> tuple[int, int]:
        take = {
            "generate_images": self._descends,
            "ask_networks": self._asks,
            "measure_reconstructions": self._measures,
            "train_network": self._learns,
            "memorise_noise": self._learns,
            "merge_network": self._learns,
            "descend_mlps": None,
            "invert_mlps": None,
        }.get(rule, self._sees_all)
        if take is None or not self.are_known:
            return _OTHERS
        return take(**dict(wildcards))

    def _descends(self, image_set: str, network: str, block: str) -> tuple[int, int]:
        plan = self.study.blocks(image_set, network)[block]
        recipe, items = self.study.recipe(image_set, network), plan["items"]
        alike = Counter(item["layer"] for item in items).values()
        views = self.study.image_sets[image_set].template.views(network)
        steps, held = [], 0.0
        for octave in recipe.octaves:
            seen = [(view.network, view.side or octave.side) for view in views]
            steps.append(2 * sum(self._flops(*one) for one in seen))
            held = max(held, sum(self._held(*one) for one in seen))
        batch = self._at_once(max(steps), held, max(alike), recipe.precision)
        batches = sum(ceil(count / batch) for count in alike)
        proofs = _PROOF * len(alike)
        times = [batch * batches * octave.iterations + proofs for octave in recipe.octaves]
        flops = sum(map(mul, steps, times))
        networks = self.study.networks_of(image_set, network)
        made = 3 * _count(plan) * _picture(recipe.octaves[-1].size)
        return (
            self._minutes(flops, batches * recipe.iterations),
            self._megabytes(networks, held * batch, made),
        )

    def _asks(self, image_set: str) -> tuple[int, int]:
        runs = classes.runs_of(self.study, image_set)
        asked = [(judge, run) for run in runs for judge in self.study.judges_of(run[1])]
        flops = sum(self.images[judge].flops * self._pictures(*run) for judge, run in asked)
        most = max((self._of_block(*run) for run in runs), default=0)
        judges = dict.fromkeys(judge for judge, _ in asked)
        logits = sum(self._pictures(*run) for _, run in asked) * len(self.study.classes) * _FLOAT
        return self._minutes(flops), self._megabytes(judges, 0, 2 * most + 4 * logits)

    def _measures(self, image_set: str) -> tuple[int, int]:
        flops = 0.0
        for run in (run for run in self.study.photo_runs if run[0] == image_set):
            side = self.study.recipe(*run).octaves[-1].size
            flops += _BESIDE * self._pictures(*run) * self._flops(run[1], side)
        _, megabytes = self._all
        return self._minutes(flops), megabytes

    def _learns(self, network: str) -> tuple[int, int]:
        """Return what a training asks for; that merges see pictures before and after is little."""
        entry = self.study.networks[network]["weights"]
        asked = entry.get("trained") or entry["merged"]
        seen = 4  # times: a step is three, and a fourth where what was learnt is tried
        if asked.get("data") == "noise":
            seen = 5  # for its BatchNorms, too
            batch = asked.get("batch", 128)
            steps = ceil(asked["images"] / batch) * asked["epochs"]
        else:
            batch = asked.get("batch", 8 if "merged" in entry else 32)
            steps = asked.get("steps", 1000)
        image = self.images[network]
        flops = seen * image.flops * batch * steps
        networks = [network, *(asked[one] for one in ("network", "toward") if one in asked)]
        held = image.held * batch
        return self._minutes(flops, steps), self._megabytes(networks, held, 1e9, _TRAINED)

    def _sees_all(self, **_: str) -> tuple[int, int]:
        """Return what a measure asks for: as if all networks saw all pictures of the study.

        One after the other: all may be there, and one of them is at work.
        """
        return self._all

    @cached_property
    def _all(self) -> tuple[int, int]:
        runs = self.study.runs
        pictures = sum(self._pictures(*run) for run in runs)
        flops = 2 * pictures * sum(image.flops for image in self.images.values())
        images = self.images.values()
        held = max((one.held * self._at_once(one.flops, one.held) for one in images), default=0)
        most = max((self._of_block(*run) for run in runs), default=0)
        waiting = sum(image.weights for image in images)
        largest = sorted(self.images, key=lambda name: self.images[name].weights)[-1:]
        return self._minutes(flops), self._megabytes(largest, held, 4 * most + waiting)

    def _at_once(
        self, flops: float, held: float, count: int = MOST, precision: str = "float32"
    ) -> int:
        """Return how many of `count` images a network sees at once, by what a step of one takes.

        Where that is `auto`, a job finds out by the GPU that it gets: on a small one, here.
        """
        if self.study.config["batch"] != AUTO:
            return self.study.config["batch"]
        room = gpu(UNKNOWN, precision) if self.on == "gpu" else CPU
        return evenly(count, room.images(flops, held))

    def _minutes(self, flops: float, steps: int = 0) -> int:
        threads = 1 if self.on == "gpu" else self.study.config["threads"]
        seconds = flops / (_FLOPS[self.on] * threads) + _STEP * steps
        return min(_MOST, _LEAST + ceil(seconds / 60))

    def _megabytes(
        self, networks: Iterable[str], held: float, others: float, times: int = 1
    ) -> int:
        """held: bytes for the gradients of a batch, which on a GPU are in its own memory."""
        networks = sum(self.images[name].weights for name in networks)
        found = _START[self.on] + _COPIES * times * networks + others
        if self.on == "cpu":
            found += _ROOM * held
        return ceil(found / 1e8) * 100

    def _flops(self, network: str, side: int) -> float:
        return self.images[network].flops * self._larger(network, side)

    def _held(self, network: str, side: int) -> float:
        return self.images[network].held * self._larger(network, side)

    def _larger(self, network: str, side: int) -> float:
        """Return how many times the pixels of its own size a network sees."""
        return (side / self.study.networks[network]["size"]) ** 2

    def _pictures(self, image_set: str, network: str) -> int:
        blocks = self.study.blocks(image_set, network).values()
        return sum(map(_count, blocks))

    def _of_block(self, image_set: str, network: str) -> float:
        """Return the bytes of the pictures of a run's largest block."""
        blocks = self.study.blocks(image_set, network).values()
        size = self.study.recipe(image_set, network).octaves[-1].size
        return max(map(_count, blocks), default=0) * _picture(size)


def _count(plan: Plan) -> int:
    return len(plan["items"]) * plan.get("frames", 1)


def _picture(size: int) -> int:
    return 3 * size**2 * _FLOAT
