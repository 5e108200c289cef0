"""Fully connected networks on a small photo, many seeds at once (page "Representation", E and F).

A photo is squashed to a small square and laid out as one vector. The networks of a batch have the
same shape and different seeds; each has the weights it would have alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal, Self

import numpy as np
import torch
from torch import Tensor, nn

from preimage.photos import squash

# Where a ReLU is: behind no layer, behind all but the last, or behind all.
Relu = Literal["never", "between", "always"]
# How first weights are drawn: as `torch.nn.Linear` does, or by a function of `torch.nn.init`.
Initial = Literal["linear", "orthogonal", "normal", "kaiming", "xavier"]
START = (0.7, 0.05)  # mean and standard deviation of the first input


@dataclass(frozen=True)
class Networks:
    """Fully connected networks of one shape, one for each of S seeds.

    weights: [S, out, in] of each layer; biases: [S, out] of each; all of one type, on one device.
    relu: behind which layers there is a ReLU.
    """

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    relu: Relu = "never"

    @classmethod
    def draw(
        cls,
        inputs: int,
        widths: Sequence[int],
        seeds: Sequence[int],
        *,
        relu: Relu = "never",
        initial: Initial = "linear",
        dtype: torch.dtype = torch.float32,
    ) -> Self:
        """Return untrained networks on the CPU; biases are drawn as those of `torch.nn.Linear`.

        Each layer of each seed has random numbers of its own, drawn in float32 whatever `dtype`
        is: networks of different precision, or with more layers or seeds, are otherwise the same.
        """
        sides = [inputs, *widths]
        layers = [
            [_linear(n, m, initial, _generator(seed, depth)) for seed in seeds]
            for depth, (n, m) in enumerate(zip(sides, widths, strict=False))
        ]
        weights = (torch.stack([weight for weight, _ in layer]) for layer in layers)
        biases = (torch.stack([bias for _, bias in layer]) for layer in layers)
        return cls(
            tuple(weight.to(dtype) for weight in weights),
            tuple(bias.to(dtype) for bias in biases),
            relu,
        )

    @property
    def seeds(self) -> int:
        """How many networks there are."""
        return len(self.weights[0])

    @property
    def widths(self) -> tuple[int, ...]:
        """The number of neurons of each layer."""
        return tuple(bias.shape[1] for bias in self.biases)

    @property
    def is_linear(self) -> bool:
        """Whether there is no ReLU anywhere."""
        return not any(self.has_relu(depth) for depth in range(len(self.weights)))

    def __call__(self, inputs: Tensor) -> Tensor:
        """Map inputs [S, n], one for each network, or [n], the same for all, to outputs [S, w]."""
        hidden = inputs.expand(self.seeds, -1)
        for depth, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            hidden = self.activated(depth, apply(weight, hidden) + bias)
        return hidden

    def activated(self, depth: int, hidden: Tensor) -> Tensor:
        """Return what layer number `depth`, from 0, makes of its sums: their ReLU or themselves."""
        return hidden.relu() if self.has_relu(depth) else hidden

    def has_relu(self, depth: int) -> bool:
        """Whether there is a ReLU behind layer number `depth`, from 0."""
        return self.relu == "always" or (self.relu == "between" and depth < len(self.weights) - 1)

    def zeroed(self, inputs: Tensor) -> Tensor:
        """Return the share of neurons with a ReLU that it sets to 0 [S], NaN without ReLUs."""
        hidden, dead = inputs.expand(self.seeds, -1), []
        for depth, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            hidden = self.activated(depth, apply(weight, hidden) + bias)
            if self.has_relu(depth):
                dead.append(hidden == 0)
        if not dead:
            return torch.full((self.seeds,), float("nan"))
        return torch.cat(dead, dim=1).double().mean(dim=1)

    def to(self, device: torch.device | str) -> Self:
        """Return the networks on another device."""
        return replace(
            self,
            weights=tuple(weight.to(device) for weight in self.weights),
            biases=tuple(bias.to(device) for bias in self.biases),
        )

    def fused(self) -> Self:
        """Return the same functions as one layer each; there must be no ReLU."""
        if not self.is_linear:
            raise ValueError("networks with a ReLU are not linear: they cannot be fused")
        weight, bias = self.weights[0], self.biases[0]
        for further, offset in zip(self.weights[1:], self.biases[1:], strict=True):
            weight, bias = further @ weight, apply(further, bias) + offset
        return replace(self, weights=(weight,), biases=(bias,))


def apply(matrices: Tensor, vectors: Tensor) -> Tensor:
    """Return the products [S, out] of matrices [S, out, in] with vectors [S, in]."""
    if matrices.device.type == "cpu":  # where the batched product takes several times as long
        return torch.stack([m @ v for m, v in zip(matrices, vectors, strict=True)])
    return torch.bmm(matrices, vectors.unsqueeze(-1)).squeeze(-1)


def photo_vector(photo: Tensor, side: int) -> Tensor:
    """Squash a photo [3, H, W] in 0 .. 1 to `side` pixels each way: a vector [3 * side * side]."""
    return squash(photo, side).flatten()


def start_noise(inputs: int, seeds: Sequence[int]) -> Tensor:
    """Return the first input of each seed: [S, inputs], float32 on the CPU, 0.7 + N(0, 1) / 20."""
    mean, deviation = START
    drawn = [torch.randn(inputs, generator=torch.Generator().manual_seed(s)) for s in seeds]
    return mean + deviation * torch.stack(drawn)


def _linear(
    inputs: int, outputs: int, initial: Initial, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    weight = torch.empty(outputs, inputs)
    match initial:
        case "linear":
            nn.init.kaiming_uniform_(weight, a=sqrt(5), generator=generator)
        case "orthogonal":
            nn.init.orthogonal_(weight, generator=generator)
        case "normal":
            nn.init.normal_(weight, std=0.02, generator=generator)
        case "kaiming":
            nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
        case "xavier":
            nn.init.xavier_uniform_(weight, generator=generator)
    bound = 1 / sqrt(inputs)
    return weight, nn.init.uniform_(torch.empty(outputs), -bound, bound, generator=generator)


def _generator(seed: int, depth: int) -> torch.Generator:
    """Return a stream of its own, apart from that of the start noise too."""
    state = np.random.SeedSequence((seed, depth)).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0] >> 1))
