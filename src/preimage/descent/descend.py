"""The one computation of the study: descend on an input until a few activations do something.

`descend` takes any number of objectives, works on them in batches and gives back one image and one
trace each. A batch mate never changes a picture: noise and jitter come from a generator of the
item's own seed, losses are summed over the batch, nothing is averaged over it, and the network
always sees a batch of the same size.

Conventions (pixels in [0, 1], no normalisation, nothing clipped, start and step as in `octave`)
are those of the pages "Input Generation" and "Feature Visualization".
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from preimage.batches import AUTO, Batch
from preimage.checkpoint import State
from preimage.descent.at_once import descended, held, step_of
from preimage.descent.crops import places
from preimage.descent.layers import Extractor
from preimage.descent.objective import Direction, Match, Objective
from preimage.descent.octave import Steps
from preimage.descent.recipe import Recipe, Start
from preimage.descent.value import Value, kind
from preimage.descent.verdict import Layer, Trace, rectified_layers, status
from preimage.device import room_for, room_of
from preimage.errors import UserError
from preimage.operations import Operations
from preimage.photos import as_pictures, squash
from preimage.precision import arithmetic, image_dtype


@dataclass(frozen=True)
class Step:
    """What a callback is told after each step of a batch.

    images [B, 3, S, S] and losses [B] are on the device and belong to `items` of the whole list;
    reading their values waits for the device, so do that rarely. So does `state`, which returns
    all that `descend` needs to go on from this step while it is the last.
    """

    done: int
    total: int
    items: Sequence[int]
    images: Tensor
    losses: Tensor
    state: Callable[[], State]


@dataclass(frozen=True)
class Preimage:
    """What the descent for one objective gave.

    image: [3, S, S] on the CPU, RGB, not clipped; S is the size of the last octave.
    loss, gradient: [iterations] loss before each step and Euclidean norm of its gradient.
    m_g, m_i: [iterations] Euclidean distance, before each step, to what is matched: in the layer
    and in pixels; NaN where nothing is.
    status: ``ok``, ``no gradient``, ``diverged`` or ``not finite``, as `verdict.status` says.
    batch: how many images the network saw at once; on one device the same number gives the same
    bits. seconds: time of its batch divided by the batch's items.
    """

    objective: Objective
    seed: int
    image: Tensor
    loss: Tensor
    gradient: Tensor
    m_g: Tensor
    m_i: Tensor
    status: str
    batch: int
    seconds: float

    def outcome(self) -> State:
        """Return all but what it was asked for, by name."""
        return {k: v for k, v in vars(self).items() if k not in ("objective", "seed")}


def descend(
    objectives: Sequence[Objective],
    recipe: Recipe,
    networks: Mapping[str, nn.Module],
    *,
    seeds: Sequence[int] | int = 999,
    pictures: Mapping[str, Tensor] | None = None,
    batch: Batch = 8,
    fill: bool = True,
    device: str | torch.device = "cpu",
    callback: Callable[[Step], None] | None = None,
    state: State | None = None,
) -> list[Preimage]:
    """Return one preimage for each objective.

    seeds: one for all or one each; the same seed is the same start noise and the same jitter.
    pictures: images [3, H, W] in [0, 1] by the names that `match` terms and a picture start use;
    they are resized to what each octave shows the network, squashed where they are not square.
    batch: how many images a network always sees at once. A short batch is filled up with copies,
    because convolutions round differently for other batch sizes and long descents can magnify that;
    so a picture is the same, bit for bit, whatever came with it. Take 1 for a picture on its own;
    `auto` for as many of each kind as pay and fit into the memory that a device of that kind has.
    fill: copies take as long as pictures. False lets a network see fewer at once where there are
    fewer objectives of a kind.
    state: what `Step.state` returned in an interrupted call of the same descents. The steps behind
    it are taken, and what is returned is, bit for bit on the same kind of machine, what that call
    would have returned.

    Raises UserError for an unknown network, layer, index or picture, for a size that a network
    cannot take, and for a state of other descents, before the first step.
    """
    seeds = [seeds] * len(objectives) if isinstance(seeds, int) else list(seeds)
    if len(seeds) != len(objectives):
        raise UserError(f"{len(seeds)} seeds, {len(objectives)} objectives: give one, or one each")
    if batch != AUTO and (isinstance(batch, str) or batch < 1):
        raise UserError(f"batch is {batch}: give 1 or more images to see at once, or {AUTO}")
    pictures = as_pictures(pictures or {})
    _check_names(objectives, recipe, networks, pictures)
    groups = _alike(objectives)
    kinds = [[objectives[i] for i in group] for group in groups]
    with room_for(1, device):
        readers = _readers(kinds, recipe, networks, device)
    asked = {"objectives": [*map(str, objectives)], "seeds": seeds, "recipe": recipe.digest}
    asked |= {"batch": batch, "fill": fill}
    state = state or {"asked": asked, "at_once": {}, "finished": {}, "current": None}
    if state["asked"] != asked:
        raise UserError("the state is of other descents: give one of a call with all else the same")
    done = {i: Preimage(objectives[i], seeds[i], **f) for i, f in state["finished"].items()}
    at_once = dict(state["at_once"])
    with arithmetic(recipe.precision):
        for group, extractors in zip(groups, readers, strict=True):
            if all(i in done for i in group):
                continue
            first, rectified = group[0], rectified_layers(objectives[group[0]], networks)
            step = partial(step_of, objectives[first], recipe, extractors, pictures, device)
            if first not in at_once:  # else it was begun, on whatever device
                size = _at_once(batch, len(group), recipe, step, device)
                at_once[first] = size if fill else min(size, len(group))
            with room_for(at_once[first], device, lambda step=step: held(recipe, step())):
                for items, filled in _batches(group, at_once[first], done):
                    run = _Batch(
                        [objectives[i] for i in filled],
                        [seeds[i] for i in filled],
                        items,
                        recipe=recipe,
                        pictures=pictures,
                        device=device,
                    )
                    now = partial(_state, asked, at_once, done, run)
                    for losses in run.steps(extractors, state["current"]):
                        if callback:
                            callback(run.step(losses, now))
                    done.update(zip(items, run.preimages(rectified), strict=True))
            _rest(extractors)
    return [done[i] for i in range(len(objectives))]


def _at_once(
    batch: Batch,
    count: int,
    recipe: Recipe,
    step: Callable[[], Operations],
    device: str | torch.device,
) -> int:
    """Return how many of `count` images are descended on at once; step: counts that of one."""
    if batch != AUTO:
        return batch
    with room_for(1, device):
        return descended(recipe, step(), count, room_of(device, recipe.precision))


def _batches(
    group: Sequence[int], size: int, done: Collection[int]
) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """Yield items that are descended on together, unless they are done, and the same filled up."""
    for start in range(0, len(group), size):
        items = group[start : start + size]
        if items[0] not in done:
            yield items, [items[i % len(items)] for i in range(size)]


def _state(
    asked: State, at_once: Mapping[int, int], done: Mapping[int, Preimage], run: "_Batch"
) -> State:
    finished = {i: preimage.outcome() for i, preimage in done.items()}
    current = run.state()
    return {"asked": asked, "at_once": {**at_once}, "finished": finished, "current": current}


class _Batch:
    """Objectives that ask the same layers of the same networks, descended on together.

    What their steps change is here alone: images, traces, and what an optimiser remembers.
    """

    def __init__(
        self,
        objectives: Sequence[Objective],
        seeds: Sequence[int],
        items: Sequence[int],
        *,
        recipe: Recipe,
        pictures: Mapping[str, Tensor],
        device: str | torch.device,
    ) -> None:
        """items: the numbers of the first objectives; those behind them only fill the batch."""
        self.objectives, self.seeds, self.items = objectives, seeds, items
        self.recipe, self.pictures, self.device = recipe, pictures, device
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        start = torch.stack([self._start(generator) for generator in self.generators])
        dtype = image_dtype(recipe.precision)
        self.images = start.to(device, dtype, memory_format=torch.channels_last)
        self.trace = self.images.new_empty(recipe.iterations, len(Trace._fields), len(seeds))
        self.memory: dict[str, Tensor] = {}
        self.done, self.began = 0, time.perf_counter()

    def state(self) -> State:
        """Return, on the CPU, what `steps` goes on from; what is drawn, it draws again."""
        return {
            "items": self.items,
            "done": self.done,
            "images": self.images.cpu(),
            "trace": self.trace[: self.done].cpu(),
            "memory": {name: remembered.cpu() for name, remembered in self.memory.items()},
            "seconds": time.perf_counter() - self.began,
        }

    def steps(self, extractors: Mapping[str, Extractor], state: State | None) -> Iterator[Tensor]:
        """Take all steps, or those behind a state of these items; yield the losses [B] of each."""
        if state and state["items"] == self.items:
            self._take_up(state)
        first = 0
        for octave in self.recipe.octaves:
            where = places(octave, self.generators)
            done = max(0, self.done - first)
            first += octave.iterations
            if self.done >= first:
                continue
            self.images = squash(self.images, octave.size)
            value = Value(self.objectives, extractors, self.pictures, octave.side)
            step = Steps(octave, self.recipe, value, where, self.images)
            if done:
                step.optimiser.memory = self.memory
            for number in torch.arange(octave.iterations, device=self.device)[done:, None]:
                self.images, seen = step(number, self.images)
                self.memory = step.optimiser.memory
                self.trace[self.done] = torch.stack(seen)
                self.done += 1
                yield seen.loss

    def _take_up(self, state: State) -> None:
        self.done, self.images = state["done"], state["images"].to(self.device)
        self.trace[: self.done] = state["trace"].to(self.device)
        self.memory = {name: value.to(self.device) for name, value in state["memory"].items()}
        self.began -= state["seconds"]

    def step(self, losses: Tensor, state: Callable[[], State]) -> Step:
        """Return what a callback is told of the last step."""
        count = len(self.items)
        images = self.images[:count]
        return Step(self.done, self.recipe.iterations, self.items, images, losses[:count], state)

    def preimages(self, rectified: Collection[Layer]) -> list[Preimage]:
        """Return what was found for each of the items."""
        images = self.images.cpu().contiguous()
        traces = self.trace.cpu().permute(2, 1, 0).contiguous()
        seconds = (time.perf_counter() - self.began) / len(self.items)
        found = []
        for i in range(len(self.items)):
            objective, image, trace = self.objectives[i], images[i], Trace(*traces[i])
            ended = status(objective, self.recipe, image, trace, rectified)
            loss, _, gradient, m_g, m_i = trace
            seen = (loss, gradient, m_g, m_i)
            batch = len(self.objectives)
            found.append(Preimage(objective, self.seeds[i], image, *seen, ended, batch, seconds))
        return found

    def _start(self, generator: torch.Generator) -> Tensor:
        return start_image(self.recipe.start, self.recipe.octaves[0].size, generator, self.pictures)


def start_image(
    start: Start, size: int, generator: torch.Generator, pictures: Mapping[str, Tensor]
) -> Tensor:
    """Return the first image [3, size, size]: noise from the generator, or a picture resized."""
    if start.kind == "picture":
        return squash(pictures[start.picture][None], size)[0]
    low, high = start.values
    if start.kind == "uniform":
        return low + (high - low) * torch.rand(3, size, size, generator=generator)
    return low + high * torch.randn(3, size, size, generator=generator)


def _alike(objectives: Sequence[Objective]) -> list[list[int]]:
    """Group the positions of objectives that need the same layers in the same way."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for i, objective in enumerate(objectives):
        groups.setdefault(kind(objective), []).append(i)
    return list(groups.values())


def _check_names(
    objectives: Sequence[Objective],
    recipe: Recipe,
    networks: Mapping[str, nn.Module],
    pictures: Mapping[str, Tensor],
) -> None:
    for objective in objectives:
        if not objective.terms:
            raise UserError("an objective without terms has no gradient: it cannot be descended on")
        for part in objective.parts:
            _check_known("network", part.network, networks, str(objective))
            if isinstance(part, Match):
                _check_known("picture", part.picture, pictures, str(objective))
    if recipe.start.kind == "picture":
        _check_known("picture", recipe.start.picture, pictures, "the recipe's start")


def _readers(
    kinds: Sequence[Sequence[Objective]],
    recipe: Recipe,
    networks: Mapping[str, nn.Module],
    device: str | torch.device,
) -> list[dict[str, Extractor]]:
    """Return what reads the networks for each kind of objectives; of several kinds, at rest."""
    found = []
    for objectives in kinds:
        found.append(_checked(objectives, recipe, networks, device))
        if len(kinds) > 1:  # whose networks are not all held at once
            _rest(found[-1])
    return found


def _checked(
    objectives: Sequence[Objective],
    recipe: Recipe,
    networks: Mapping[str, nn.Module],
    device: str | torch.device,
) -> dict[str, Extractor]:
    """Return what reads the networks for objectives of a kind, proven at all sizes of the recipe.

    Raises UserError for unknown layers and indices of any of them, not when their turn comes.
    """
    parts: dict[str, list[Direction | Match]] = {}
    for part in dict.fromkeys(part for objective in objectives for part in objective.parts):
        parts.setdefault(part.network, []).append(part)
    sides = {octave.side for octave in recipe.octaves}
    found = {}
    for name, mine in parts.items():
        layers = [part.layer for part in mine]
        found[name] = Extractor(
            networks[name], layers, precision=recipe.precision, device=device, name=name
        )
        found[name].check(mine, sides)
    return found


def _rest(extractors: Mapping[str, Extractor]) -> None:
    for extractor in extractors.values():
        extractor.rest()


def _check_known(what: str, name: str, known: Mapping[str, object], where: str) -> None:
    if name not in known:
        there = ", ".join(sorted(known)) or "none"
        raise UserError(f"{where}: no {what} {name!r}; given: {there}")
