"""Would a step that a GPU records once and replays have the same bits, and how fast would it be?

A CUDA graph saves the time in which Python and PyTorch ask for each kernel. `descend` records
nothing: whether that is right, and whether it pays, is what is asked here.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial

import torch
from fast import about_case
from programs import Case
from setting import Row, Setup, Trial, objectives
from torch import Tensor

from preimage.cost.rates import wait
from preimage.descent.crops import places
from preimage.descent.layers import Extractor
from preimage.descent.octave import Steps
from preimage.descent.recipe import Octave, Recipe
from preimage.descent.value import Value
from preimage.precision import arithmetic

WARM = 3  # steps before a recording, in which libraries choose and reserve what they need


class Plain:
    """Takes all steps from the start, as `descend` does."""

    def __init__(self, step: Steps, images: Tensor) -> None:
        self.step, self.start, self.images = step, images, images
        self.numbers = torch.arange(step.octave.iterations, device=images.device)[:, None]
        self.losses = images.new_zeros(len(self.numbers), len(images))

    def __call__(self) -> None:
        self.images, losses = self.start, []
        for number in self.numbers:
            self.images, seen = self.step(number, self.images)
            losses.append(seen.loss)
        self.losses = torch.stack(losses)


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


def recorded(setup: Setup) -> Iterator[Trial]:
    """Yield the trials of recorded steps."""
    for name in setup.networks:
        case = Case(name, "logits", setup.batches[0], setup.sizes_of(name)[0])
        for precision in setup.precisions:
            run = partial(replayed, setup, case, precision)
            yield Trial("recorded", "replayed", run, about_case(case, precision))


def replayed(setup: Setup, case: Case, precision: str) -> Iterator[Row]:
    """Yield how many images differ when steps are replayed, and how many steps there are a second.

    On a CPU, which has no graphs, steps in place are taken anew instead of replayed.
    """
    count = WARM + setup.steps
    octave = Octave(case.size + 8, count, lr=(0.05, 0.01), sigma=(0.6, 0.4), crop=case.size)
    recipe = Recipe((octave,), normalised=True, precision=precision)
    with arithmetic(precision):
        step, start = _step(setup, case, recipe)
        plain = Plain(step, start)
        plain()
        first = plain.images, plain.losses
        slow = _timed(setup, plain, 1)
        in_place = InPlace(step, start)
        replay = _recording(in_place) if setup.on_gpu else in_place
        replay()  # the first one takes longer
        in_place.again()
        fast = _timed(setup, replay, count)
    again = _different(first, (plain.images, plain.losses))
    yield {"figure": "different when taken plainly again", "value": again, "holds": not again}
    other = _different((plain.images, plain.losses), (in_place.images, in_place.losses))
    yield {"figure": "different when replayed", "value": other, "holds": not other}
    yield {"figure": "image-steps", "value": case.batch * count / fast, "unit": "1/s"}
    yield {"figure": "times as fast as plain steps", "value": slow / fast}


def _different(some: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> int:
    """Return how many images are not the same, and one more where losses are not."""
    images = zip(some[0], other[0], strict=True)
    return sum(not a.equal(b) for a, b in images) + (not some[1].equal(other[1]))


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


def _recording(in_place: InPlace) -> Callable[[], None]:
    """Return what replays a step, recorded on the stream of some that warm up."""
    with torch.cuda.device(in_place.images.device):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM):
                in_place()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=stream):
            in_place()
    return graph.replay


def _timed(setup: Setup, run: Callable[[], None], times: int) -> float:
    wait(setup.device)
    began = time.perf_counter()
    for _ in range(times):
        run()
    wait(setup.device)
    return time.perf_counter() - began
