"""The steps of one octave on a batch of images, one objective an image."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, fft

from preimage.descent.blur import blurred, kernels
from preimage.descent.crops import cut, paste
from preimage.descent.optimisers import of_step, optimiser_of
from preimage.descent.recipe import Loss, Octave, Recipe
from preimage.descent.value import Value
from preimage.descent.verdict import Trace
from preimage.precision import lengths


class Steps:
    """Takes one step after another, each of which gives images and what was seen before it.

    Whatever differs between steps is a row of a tensor, on the device before the first of them, and
    so is the number of the step. So a step waits for no value there, is the same operations for any
    number of images, and the same again at the next step: where an optimiser remembers nothing, a
    GPU can record it once and replay it.
    """

    def __init__(
        self, octave: Octave, recipe: Recipe, value: Value, places: Tensor | None, images: Tensor
    ) -> None:
        """places: as `crops.places` gives them. images: [B, 3, S, S], of the octave's size."""
        schedule = [*octave.schedule()]
        self.octave, self.recipe, self.value = octave, recipe, value
        self.optimiser = optimiser_of(recipe.optimiser, images, octave.iterations)
        self._rates = images.new_tensor([lr for lr, _ in schedule])
        self._places = None if places is None else places.to(images.device)
        self._kernels = kernels([s for _, s in schedule], images) if octave.sigma else None
        self._weights = _smoothing(octave.side, recipe.smooth, images) if recipe.smooth else None

    def __call__(self, number: Tensor, images: Tensor) -> tuple[Tensor, Trace]:
        """Take the step of that number [1], an integer on the device, on images [B, 3, S, S]."""
        place = None if self._places is None else of_step(self._places, number)
        seen, gradient = self._gradient(self._cut(images, place))
        whole = self._spread(self._shaped(gradient), images, place)
        images = images - of_step(self._rates, number) * self.optimiser(whole, number)
        return self._blurred(images, number, place), seen

    def _gradient(self, crops: Tensor) -> tuple[Trace, Tensor]:
        leaf = crops.detach().requires_grad_()
        values, m_g, m_i = self.value(leaf)
        losses = _loss(self.recipe.loss, values)
        for name, weight in self.recipe.regularisers.items():
            losses = losses + weight * _REGULARISERS[name](leaf)
        (gradient,) = torch.autograd.grad(losses.sum(), leaf)
        return Trace(losses.detach(), values.detach(), lengths(gradient), m_g, m_i), gradient

    def _shaped(self, gradient: Tensor) -> Tensor:
        """Return a gradient, smooth, pale and normalised as the recipe says."""
        if self._weights is not None:
            gradient = _weighted(gradient, self._weights)
        if self.recipe.colour != 1:
            grey = gradient.mean(dim=1, keepdim=True)
            gradient = grey + self.recipe.colour * (gradient - grey)
        return _normalised(gradient) if self.recipe.normalised else gradient

    def _cut(self, images: Tensor, place: Tensor | None) -> Tensor:
        """Return what the network sees of images."""
        return images if place is None else cut(images, place, self.octave.side)

    def _spread(self, gradient: Tensor, images: Tensor, place: Tensor | None) -> Tensor:
        """Return the gradient of whole images: 0 where the network does not see them."""
        return gradient if place is None else paste(gradient, torch.zeros_like(images), place)

    def _blurred(self, images: Tensor, number: Tensor, place: Tensor | None) -> Tensor:
        """Return images blurred as the recipe says, in place where only crops are."""
        if self._kernels is None:
            return images
        kernel = of_step(self._kernels, number)
        if self.recipe.blur == "image" or place is None:
            return blurred(images, kernel)
        return paste(blurred(self._cut(images, place), kernel), images, place)


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


def _smoothing(side: int, power: float, images: Tensor) -> Tensor:
    """Return by what each part of a gradient [B, 3, side, side] is multiplied to be smooth.

    That is its frequency to minus a power. Frequency 1 is that of the finest stripes along an axis;
    what is constant counts as one wave over the whole image.
    """
    down, across = (2 * f(side, device=images.device) for f in (fft.fftfreq, fft.rfftfreq))
    return torch.hypot(down[:, None], across).clamp(min=2 / side).to(images.dtype) ** -power


def _weighted(gradient: Tensor, weights: Tensor) -> Tensor:
    """Return a gradient [B, 3, S, S] with its parts multiplied by weights, channels last."""
    side = gradient.shape[-1]
    waves = fft.rfft2(gradient) * weights
    return fft.irfft2(waves, s=(side, side)).contiguous(memory_format=torch.channels_last)


def _normalised(gradient: Tensor) -> Tensor:
    """Return each item's gradient over its root mean square; one of 0 stays 0."""
    scale = lengths(gradient) / math.sqrt(gradient[0].numel())
    return gradient / torch.where(scale > 0, scale, torch.ones_like(scale)).view(-1, 1, 1, 1)
