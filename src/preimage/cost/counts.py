"""What the networks of a study take: a step of a descent, a judgement, a step of a training."""

import copy
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, Self

import msgspec
import torch
from torch import Tensor, fft, nn

from preimage.descent.blur import blurred, kernels
from preimage.descent.layers import Extractor, layer_names
from preimage.descent.objective import Match, Objective
from preimage.descent.recipe import Octave, Recipe
from preimage.descent.value import Value, kind
from preimage.networks.network import planned
from preimage.networks.plan import NetworkPlan
from preimage.networks.prepared import opened
from preimage.networks.shapes import without_values
from preimage.operations import Operations, Shapes, counted
from preimage.precision import image_dtype, lengths

Plan = Mapping[str, Any]


class Counts:
    """Counts what networks take, by their plans; what has been counted is known from then on.

    Networks that differ in their weights alone take the same.
    """

    def __init__(self, plans: Mapping[str, Plan]) -> None:
        self._plans = {name: msgspec.convert(plan, NetworkPlan) for name, plan in plans.items()}
        self._first = {name: self._alike(plan) for name, plan in self._plans.items()}
        self._models: dict[str, nn.Module] = {}
        self._bytes: dict[str, int] = {}
        self._readers: dict[object, _Reader] = {}
        self._known: dict[object, Operations] = {}

    def plan(self, network: str) -> NetworkPlan:
        """Return the plan of a network."""
        return self._plans[network]

    def bytes_of(self, network: str) -> int:
        """Return the bytes of a network's parameters and buffers."""
        first = self._first[network]
        if first not in self._bytes:
            state = self._model(network).state_dict().values()
            self._bytes[first] = sum(value.nbytes for value in state)
        return self._bytes[first]

    def step(self, objective: Objective, recipe: Recipe, octave: Octave, batch: int) -> Operations:
        """Return what a step of a batch takes, all of it of objectives of this kind."""
        recipe_parts = (recipe.normalised, recipe.smooth > 0, recipe.blur, recipe.precision)
        asked = tuple(tuple(map(self._shared, part)) for part in kind(objective))
        octave_parts = (octave.size, octave.crop, octave.sigma is None)
        return self._once(
            ("step", asked, recipe_parts, octave_parts, batch),
            lambda: self._step(objective, recipe, octave, batch),
        )

    def reading(self, network: str, layer: str, side: int, images: int) -> Operations:
        """Return what it takes to read a layer of some images, without a gradient."""
        key = ("reading", self._first[network], layer, side, images)
        return self._once(key, lambda: self._reading(network, layer, side, images))

    def learning(self, network: str, batch: int) -> Operations:
        """Return what a step of a training takes, forward and back to all parameters."""
        key = ("learning", self._first[network], batch)
        return self._once(key, lambda: self._learning(network, batch))

    def _once(self, key: object, count: Callable[[], Operations]) -> Operations:
        if key not in self._known:
            self._known[key] = count()
        return self._known[key]

    def _shared(self, part: object) -> object:
        """Return the first network that is like a network; of anything else, itself."""
        return self._first.get(part, part) if isinstance(part, str) else part

    def _alike(self, plan: NetworkPlan) -> str:
        """Return the name of the first network that differs in weights at most."""

        def built(one: NetworkPlan) -> str:
            parts = (one.builder, one.options, one.arguments, one.output, one.input, one.size)
            return str((*parts, len(one.categories)))

        return next(name for name, one in self._plans.items() if built(one) == built(plan))

    def _model(self, network: str) -> nn.Module:
        """Return a network on the `meta` device; what others wrote may not begin there."""
        first = self._first[network]
        if first not in self._models:
            plan = self._plans[first]
            with nullcontext() if plan.module else without_values():
                model = planned(plan).model
            self._models[first] = copy.deepcopy(model).to("meta")
        return self._models[first]

    def _reader(self, network: str, layers: tuple[str, ...], precision: str) -> Extractor:
        """Return what reads layers of a network: it is traced once for nearly all of them."""
        key = (self._first[network], precision, layers)
        if key not in self._readers:
            every = self._every(network, precision)
            shared = {*layers} <= {*every.layers}
            self._readers[key] = (
                every.of(layers) if shared else self._traced(network, layers, precision)
            )
        return self._readers[key]

    def _every(self, network: str, precision: str) -> "_Reader":
        """Return what reads all layers but convolutions, with which a BatchNorm may be one."""
        key = (self._first[network], precision)
        if key not in self._readers:
            model = self._model(network)
            modules = dict(opened(model).network.named_modules())
            names = layer_names(model)
            layers = tuple(n for n in names if not isinstance(modules.get(n), nn.Conv2d))
            self._readers[key] = self._traced(network, layers, precision)
        return self._readers[key]

    def _traced(self, network: str, layers: tuple[str, ...], precision: str) -> "_Reader":
        model = self._model(network)
        return _Reader(model, layers, precision=precision, device="meta", name=network)

    def _step(self, objective: Objective, recipe: Recipe, octave: Octave, batch: int) -> Operations:
        layers: dict[str, list[str]] = {}
        for part in objective.parts:
            layers.setdefault(part.network, []).append(part.layer)
        readers = {
            name: self._reader(name, tuple(dict.fromkeys(asked)), recipe.precision)
            for name, asked in layers.items()
        }
        matched = {part.picture for part in objective.parts if isinstance(part, Match)}
        pictures = {name: _images(1, octave.side)[0] for name in matched}
        with Shapes():  # and what proves the readers is not counted
            value = Value([objective] * batch, readers, pictures, octave.side)
        images = _images(batch, octave.size, recipe.precision)
        return counted(lambda: _stepped(images, value, recipe, octave))

    def _reading(self, network: str, layer: str, side: int, images: int) -> Operations:
        reader, given = self._reader(network, (layer,), "float32"), _images(images, side)
        with torch.no_grad():
            with Shapes():  # and what proves the reader is not counted
                reader.layouts(side)
            return counted(lambda: reader(given))

    def _learning(self, network: str, batch: int) -> Operations:
        model, size = copy.deepcopy(self._model(network)), self._plans[network].size
        model.train().requires_grad_(requires_grad=True)
        images = _images(batch, size)
        return counted(lambda: model(images).sum().backward())


class _Reader(Extractor):
    """Reads layers of a network without values."""

    def of(self, layers: tuple[str, ...]) -> Self:
        """Return what reads some of these layers alone, and has the same trace."""
        other = copy.copy(self)
        other.layers = layers
        other._shapes, other._layouts, other._read = {}, {}, None
        return other


def _stepped(images: Tensor, value: Value, recipe: Recipe, octave: Octave) -> Tensor:
    """Take a step as `descend` does, on images without values."""
    crop = images[..., : octave.side, : octave.side]
    leaf = crop.contiguous(memory_format=torch.channels_last).detach().requires_grad_()
    value(leaf).value.sum().backward()  # the counter's hooks do not know torch.autograd.grad
    gradient = leaf.grad
    lengths(gradient)
    if recipe.smooth:
        waves = fft.rfft2(gradient)
        gradient = fft.irfft2(waves * waves.abs(), s=(octave.side, octave.side))
    if recipe.normalised:
        gradient = gradient / lengths(gradient).view(-1, 1, 1, 1)
    stepped = leaf.detach() - gradient
    if octave.crop is not None:
        images = images.clone()
        images[..., : octave.side, : octave.side] = stepped
        stepped = stepped if octave.sigma and recipe.blur == "crop" else images
    return blurred(stepped, kernels([1.0], stepped)[0]) if octave.sigma else stepped


def _images(count: int, side: int, precision: str = "float32") -> Tensor:
    return torch.empty(count, 3, side, side, device="meta", dtype=image_dtype(precision))
