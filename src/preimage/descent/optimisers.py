"""What a step follows: the gradient itself, or what it and earlier ones add up to.

The formulas are those of torch.optim's SGD and Adam. All goes pixel by pixel, so no image of a
batch has a say in another. An octave begins without a memory. Outside the square that a step sees
its gradient is 0, but what is remembered moves these pixels as well.
"""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor

from preimage.descent.recipe import Optimiser

EPSILON = 1e-8  # torch.optim.Adam's


class Gradient:
    """The gradient itself."""

    def __init__(self, images: Tensor, iterations: int) -> None:
        self.memory: dict[str, Tensor] = {}

    def __call__(self, gradient: Tensor, number: Tensor) -> Tensor:
        """Return what the step of that number [1] follows, [B, 3, S, S] as the gradient."""
        return gradient


class Momentum:
    """The sum of all gradients so far, each as often decayed as it is steps old."""

    def __init__(self, images: Tensor, iterations: int, decay: float) -> None:
        self.decay = decay
        self.memory = {"sum": torch.zeros_like(images)}

    def __call__(self, gradient: Tensor, number: Tensor) -> Tensor:
        """Return what the step of that number [1] follows, [B, 3, S, S] as the gradient."""
        self.memory = {"sum": self.decay * self.memory["sum"] + gradient}
        return self.memory["sum"]


class Adam:
    """The mean of gradients over the root of their mean square, both running and unbiased."""

    def __init__(self, images: Tensor, iterations: int, of_mean: float, of_square: float) -> None:
        self.of_mean, self.of_square = of_mean, of_square
        self.memory = {"mean": torch.zeros_like(images), "square": torch.zeros_like(images)}
        steps = range(1, iterations + 1)
        self.mean_weights = images.new_tensor([1 - of_mean**n for n in steps])
        self.root_weights = images.new_tensor([sqrt(1 - of_square**n) for n in steps])

    def __call__(self, gradient: Tensor, number: Tensor) -> Tensor:
        """Return what the step of that number [1] follows, [B, 3, S, S] as the gradient."""
        mean, square = self.memory["mean"], self.memory["square"]
        mean = self.of_mean * mean + (1 - self.of_mean) * gradient
        square = self.of_square * square + (1 - self.of_square) * gradient.square()
        self.memory = {"mean": mean, "square": square}
        root = square.sqrt() / of_step(self.root_weights, number) + EPSILON
        return mean / of_step(self.mean_weights, number) / root


_KINDS: dict[str, Callable[..., Gradient | Momentum | Adam]] = {
    "gradient": Gradient,
    "momentum": Momentum,
    "Adam": Adam,
}


def optimiser_of(
    optimiser: Optimiser, images: Tensor, iterations: int
) -> Gradient | Momentum | Adam:
    """Return what a recipe asks for, for an octave of so many iterations on images like these."""
    return _KINDS[optimiser.kind](images, iterations, *optimiser.decays)


def of_step(rows: Tensor, number: Tensor) -> Tensor:
    """Return the row of the step of that number [1]; it is on the device, and stays unread."""
    return rows.index_select(0, number)[0]
