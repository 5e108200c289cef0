"""The one computation of the study: descend on an input until a few activations do something.

`descend` takes any number of objectives, works on them in batches and gives back one image and one
trace each. A batch mate never changes a picture: noise and jitter come from a generator of the
item's own seed, losses are summed over the batch, nothing is averaged over it, and the network
always sees a batch of the same size.

Conventions (pixels in [0, 1], no normalisation, nothing clipped, start and step as in `octave`)
are those of the pages "Input Generation" and "Feature Visualization".
"""

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, fft, nn

from preimage.descent.layers import Extractor
from preimage.descent.objective import Match, Objective
from preimage.descent.recipe import Loss, Octave, Recipe, Start
from preimage.descent.value import Value, kind
from preimage.descent.verdict import Layer, Trace, rectified_layers, status
from preimage.device import room_for
from preimage.errors import UserError
from preimage.networks.vision import gaussian_blur
from preimage.photos import as_pictures, squash
from preimage.precision import arithmetic, image_dtype, lengths


@dataclass(frozen=True)
class Step:
    """What a callback is told after each step of a batch.

    images [B, 3, S, S] and losses [B] are on the device and belong to `items` of the whole list;
    reading their values waits for the device, so do that rarely.
    """

    done: int
    total: int
    items: Sequence[int]
    images: Tensor
    losses: Tensor


@dataclass(frozen=True)
class Preimage:
    """What the descent for one objective gave.

    image: [3, S, S] on the CPU, RGB, not clipped; S is the size of the last octave.
    loss, gradient: [iterations] loss before each step and Euclidean norm of its gradient.
    m_g, m_i: [iterations] Euclidean distance, before each step, to what is matched: in the layer
    and in pixels; NaN where nothing is.
    status: ``ok``, ``no gradient``, ``diverged`` or ``not finite``, as `verdict.status` says.
    seconds: time of its batch divided by the batch's items.
    """

    objective: Objective
    seed: int
    image: Tensor
    loss: Tensor
    gradient: Tensor
    m_g: Tensor
    m_i: Tensor
    status: str
    seconds: float


def descend(
    objectives: Sequence[Objective],
    recipe: Recipe,
    networks: Mapping[str, nn.Module],
    *,
    seeds: Sequence[int] | int = 999,
    pictures: Mapping[str, Tensor] | None = None,
    batch: int = 8,
    device: str | torch.device = "cpu",
    callback: Callable[[Step], None] | None = None,
) -> list[Preimage]:
    """Return one preimage for each objective.

    seeds: one for all or one each; the same seed is the same start noise and the same jitter.
    pictures: images [3, H, W] in [0, 1] by the names that `match` terms and a picture start use;
    they are resized to what each octave shows the network, squashed where they are not square.
    batch: how many images a network always sees at once. A short batch is filled up with copies,
    because convolutions round differently for other batch sizes and long descents can magnify that;
    so a picture is the same, bit for bit, whatever came with it. Take 1 for a picture on its own.

    Raises UserError for an unknown network, layer, index or picture, and for a size that a network
    cannot take, before the first step.
    """
    seeds = [seeds] * len(objectives) if isinstance(seeds, int) else list(seeds)
    if len(seeds) != len(objectives):
        raise UserError(f"{len(seeds)} seeds, {len(objectives)} objectives: give one, or one each")
    if batch < 1:
        raise UserError(f"batch is {batch}: give 1 or more images to see at once")
    pictures = as_pictures(pictures or {})
    _check_names(objectives, recipe, networks, pictures)
    _check_addresses(objectives, recipe, networks, device)
    done: dict[int, Preimage] = {}
    with arithmetic(recipe.precision), room_for(batch, device):
        for group in _alike(objectives):
            extractors = _extractors(objectives[group[0]], networks, recipe.precision, device)
            rectified = rectified_layers(objectives[group[0]], networks)
            for start in range(0, len(group), batch):
                items = group[start : start + batch]
                filled = [items[i % len(items)] for i in range(batch)]
                run = _Batch(
                    [objectives[i] for i in filled],
                    recipe,
                    extractors,
                    pictures,
                    device,
                    rectified=rectified,
                )
                found = run([seeds[i] for i in filled], items, callback)
                done.update(zip(items, found, strict=False))
    return [done[i] for i in range(len(objectives))]


class _Batch:
    """Objectives that ask the same layers of the same networks, descended on together."""

    def __init__(
        self,
        objectives: Sequence[Objective],
        recipe: Recipe,
        extractors: Mapping[str, Extractor],
        pictures: Mapping[str, Tensor],
        device: str | torch.device,
        *,
        rectified: Collection[Layer],
    ) -> None:
        self.objectives, self.recipe, self.extractors = objectives, recipe, extractors
        self.pictures, self.device, self.rectified = pictures, device, rectified

    def __call__(
        self, seeds: Sequence[int], items: Sequence[int], callback: Callable[[Step], None] | None
    ) -> list[Preimage]:
        began = time.perf_counter()
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        images = self._start(generators)
        history: list[Trace] = []
        for octave in self.recipe.octaves:
            images = squash(images, octave.size)
            for stepped, seen in self._octave(images, octave, generators):
                images = stepped
                history.append(seen)
                if callback:
                    self._tell(callback, len(history), items, images, seen.loss)
        images = images.cpu().contiguous()
        traces = [torch.stack(h, dim=1).cpu() for h in zip(*history, strict=True)]
        seconds = (time.perf_counter() - began) / len(items)
        return [
            self._preimage(i, seeds[i], images[i], Trace(*(t[i] for t in traces)), seconds)
            for i in range(len(items))
        ]

    def _preimage(self, i: int, seed: int, image: Tensor, trace: Trace, seconds: float) -> Preimage:
        objective = self.objectives[i]
        found = status(objective, self.recipe, image, trace, self.rectified)
        loss, _, gradient, m_g, m_i = trace
        return Preimage(objective, seed, image, loss, gradient, m_g, m_i, found, seconds)

    def _tell(
        self,
        callback: Callable[[Step], None],
        done: int,
        items: Sequence[int],
        images: Tensor,
        losses: Tensor,
    ) -> None:
        count = len(items)
        callback(Step(done, self.recipe.iterations, items, images[:count], losses[:count]))

    def _start(self, generators: Sequence[torch.Generator]) -> Tensor:
        size = self.recipe.octaves[0].size
        images = torch.stack(
            [start_image(self.recipe.start, size, g, self.pictures) for g in generators]
        )
        dtype = image_dtype(self.recipe.precision)
        return images.to(self.device, dtype, memory_format=torch.channels_last)

    def _octave(
        self, images: Tensor, octave: Octave, generators: Sequence[torch.Generator]
    ) -> Iterator[tuple[Tensor, Trace]]:
        """Yield the images after each iteration, and what was seen of them before it."""
        value = Value(self.objectives, self.extractors, self.pictures, octave.side)
        jitter = [_jitter(octave, generator) for generator in generators]
        for i, (lr, sigma) in enumerate(octave.schedule()):
            corners = [offsets[i] for offsets in jitter]
            crop = _cut(images, corners, octave.crop)
            seen, gradient = self._gradient(value, crop)
            crop = crop - lr * _direction(gradient, self.recipe)
            if sigma and self.recipe.blur == "crop":
                crop = gaussian_blur(crop, 3, sigma)
            images = _paste(images, crop, corners, octave.crop)
            if sigma and self.recipe.blur == "image":
                images = gaussian_blur(images, 3, sigma)
            yield images, seen

    def _gradient(self, value: Value, images: Tensor) -> tuple[Trace, Tensor]:
        leaf = images.detach().requires_grad_()
        values, m_g, m_i = value(leaf)
        losses = _loss(self.recipe.loss, values)
        for name, weight in self.recipe.regularisers.items():
            losses = losses + weight * _REGULARISERS[name](leaf)
        (gradient,) = torch.autograd.grad(losses.sum(), leaf)
        return Trace(losses.detach(), values.detach(), lengths(gradient), m_g, m_i), gradient


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


def _loss(loss: Loss, value: Tensor) -> Tensor:
    distance = loss.ceiling - value
    return loss.scale * (distance.abs() if loss.absolute else distance)


_REGULARISERS: dict[str, Callable[[Tensor], Tensor]] = {
    "l1": lambda images: images.abs().flatten(1).sum(dim=1),
    "l2": lambda images: images.square().flatten(1).sum(dim=1),
    "total_variation": lambda images: (
        images.diff(dim=2).abs().flatten(1).sum(dim=1)
        + images.diff(dim=3).abs().flatten(1).sum(dim=1)
    ),
}


def _direction(gradient: Tensor, recipe: Recipe) -> Tensor:
    """Return what a step follows: a gradient, smooth, pale and normalised as the recipe says."""
    if recipe.smooth:
        gradient = _smoothed(gradient, recipe.smooth)
    if recipe.colour != 1:
        grey = gradient.mean(dim=1, keepdim=True)
        gradient = grey + recipe.colour * (gradient - grey)
    return _normalised(gradient) if recipe.normalised else gradient


def _smoothed(gradient: Tensor, power: float) -> Tensor:
    """Return a gradient [B, 3, S, S] whose parts are divided by their frequency to a power.

    Frequency 1 is that of the finest stripes along an axis; what is constant counts as one wave
    over the whole image.
    """
    side = gradient.shape[-1]
    down, across = (2 * f(side, device=gradient.device) for f in (fft.fftfreq, fft.rfftfreq))
    frequency = torch.hypot(down[:, None], across).clamp(min=2 / side).to(gradient.dtype)
    waves = fft.rfft2(gradient) * frequency**-power
    return fft.irfft2(waves, s=(side, side)).contiguous(memory_format=torch.channels_last)


def _normalised(gradient: Tensor) -> Tensor:
    """Return each item's gradient over its root mean square; one of 0 stays 0."""
    scale = lengths(gradient) / math.sqrt(gradient[0].numel())
    return gradient / torch.where(scale > 0, scale, torch.ones_like(scale)).view(-1, 1, 1, 1)


def _jitter(octave: Octave, generator: torch.Generator) -> list[tuple[int, int]]:
    """Return the corner (top, left) of each iteration's crop."""
    if octave.crop is None:
        return [(0, 0)] * octave.iterations
    room = octave.size - octave.crop + 1
    corners = torch.randint(room, (octave.iterations, 2), generator=generator).tolist()
    return [(top, left) for top, left in corners]


def _cut(images: Tensor, corners: Sequence[tuple[int, int]], crop: int | None) -> Tensor:
    if crop is None:
        return images
    crops = torch.stack(
        [
            image[:, top : top + crop, left : left + crop]
            for image, (top, left) in zip(images, corners, strict=True)
        ]
    )
    return crops.contiguous(memory_format=torch.channels_last)


def _paste(
    images: Tensor, crops: Tensor, corners: Sequence[tuple[int, int]], crop: int | None
) -> Tensor:
    if crop is None:
        return crops
    images = images.clone()
    for image, piece, (top, left) in zip(images, crops, corners, strict=True):
        image[:, top : top + crop, left : left + crop] = piece
    return images


def _alike(objectives: Sequence[Objective]) -> list[list[int]]:
    """Group the positions of objectives that need the same layers in the same way."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for i, objective in enumerate(objectives):
        groups.setdefault(kind(objective), []).append(i)
    return list(groups.values())


def _extractors(
    objective: Objective,
    networks: Mapping[str, nn.Module],
    precision: str,
    device: str | torch.device,
) -> dict[str, Extractor]:
    layers: dict[str, list[str]] = {}
    for part in objective.parts:
        layers.setdefault(part.network, []).append(part.layer)
    return {
        name: Extractor(networks[name], wanted, precision=precision, device=device, name=name)
        for name, wanted in layers.items()
    }


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


def _check_addresses(
    objectives: Sequence[Objective],
    recipe: Recipe,
    networks: Mapping[str, nn.Module],
    device: str | torch.device,
) -> None:
    """Find unknown layers and indices of all objectives at once, not when their turn comes."""
    parts = {part for objective in objectives for part in objective.parts}
    for name in dict.fromkeys(part.network for part in parts):
        mine = [part for part in parts if part.network == name]
        extractor = Extractor(networks[name], [p.layer for p in mine], device=device, name=name)
        extractor.check(mine, {octave.side for octave in recipe.octaves})


def _check_known(what: str, name: str, known: Mapping[str, object], where: str) -> None:
    if name not in known:
        there = ", ".join(sorted(known)) or "none"
        raise UserError(f"{where}: no {what} {name!r}; given: {there}")
