"""Would a step that a GPU records once and replays have the same bits, and how fast would it be?

A CUDA graph saves the time in which Python and PyTorch ask for each kernel. `descend` records
nothing: whether that is right, and whether it pays, is what is asked here.
"""

import time
from collections.abc import Callable, Iterator

import torch
from programs import Case
from setting import Row, Setup, objectives
from torch import Tensor

from preimage.cost.rates import wait
from preimage.descent.crops import places
from preimage.descent.layers import Extractor
from preimage.descent.octave import Steps
from preimage.descent.recipe import Octave, Recipe
from preimage.descent.value import Value
from preimage.precision import arithmetic

WARM = 3  # steps before a recording, in which libraries choose and reserve what they need


class InPlace:
    """Takes steps in memory that stays where it is, as a recording needs it."""

    def __init__(self, step: Steps, images: Tensor) -> None:
        self.step, self.start = step, images
        self.images = images.clone()
        self.number = torch.zeros(1, dtype=torch.int64, device=images.device)
        self.losses = images.new_zeros(step.octave.iterations, len(images))

    def again(self) -> None:
        """Go back to the start."""
        self.images.copy_(self.start)
        self.number.zero_()

    def __call__(self) -> None:
        images, seen = self.step(self.number, self.images)
        self.losses.index_copy_(0, self.number, seen.loss[None])
        self.images.copy_(images)
        self.number.add_(1)


def recorded(setup: Setup, case: Case, precision: str) -> Iterator[Row]:
    """Yield how many images differ when steps are replayed, and how many steps there are a second.

    On a CPU, which has no graphs, steps in place are taken anew instead of replayed.
    """
    side, count = case.size, WARM + setup.steps
    recipe = Recipe(
        (Octave(side + 8, count, lr=(0.05, 0.01), sigma=(0.6, 0.4), crop=side),),
        normalised=True,
        precision=precision,
    )
    with arithmetic(precision):
        step, start = _step(setup, case, recipe)
        in_place = InPlace(step, start)
        plain, losses, slow = _plainly(setup, step, start, count)
        replay = _recording(in_place) if setup.on_gpu else in_place
        in_place.again()
        fast = _timed(setup, replay, count)
    same = [bool(a.equal(b)) for a, b in zip(plain, in_place.images, strict=True)]
    same_losses = losses.equal(in_place.losses)
    yield {
        "figure": "images or losses that differ from plain steps",
        "value": same.count(False) + (not same_losses),
        "holds": all(same) and same_losses,
    }
    yield {"figure": "image-steps", "value": case.batch * count / fast, "unit": "1/s"}
    yield {"figure": "times as fast as plain steps", "value": slow / fast}


def _step(setup: Setup, case: Case, recipe: Recipe) -> tuple[Steps, Tensor]:
    """Return what takes the steps of a recipe of one octave, and images to begin from."""
    (octave,), name = recipe.octaves, case.network
    network = setup.network(name)
    reader = Extractor(network, [case.layer], precision=recipe.precision, device=setup.device)
    value = Value(objectives(name, case.batch), {name: reader}, {}, octave.side)
    generators = [torch.Generator().manual_seed(i) for i in range(case.batch)]
    start = torch.stack([torch.rand(3, octave.size, octave.size, generator=g) for g in generators])
    start = start.to(setup.device, memory_format=torch.channels_last)
    return Steps(octave, recipe, value, places(octave, generators), start), start


def _plainly(setup: Setup, step: Steps, images: Tensor, count: int) -> tuple[Tensor, Tensor, float]:
    """Return images and losses after steps as `descend` takes them, and the seconds of a repeat."""
    numbers = torch.arange(count, device=images.device)[:, None]
    found: list[Tensor] = []

    def run() -> None:
        now, losses = images, []
        for number in numbers:
            now, seen = step(number, now)
            losses.append(seen.loss)
        found[:] = now, torch.stack(losses)

    run()
    seconds = _timed(setup, run, 1)
    return found[0], found[1], seconds


def _recording(in_place: InPlace) -> Callable[[], None]:
    """Return what replays a step, recorded on a stream of its own after some that warm up."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM):
            in_place()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        in_place()
    return graph.replay


def _timed(setup: Setup, run: Callable[[], None], times: int) -> float:
    wait(setup.device)
    began = time.perf_counter()
    for _ in range(times):
        run()
    wait(setup.device)
    return time.perf_counter() - began
