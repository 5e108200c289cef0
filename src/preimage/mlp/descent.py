"""Descend on the inputs of fully connected networks until they give a photo's outputs.

The loss is ``scale * |O(x) - O(a)|_1``, a step is ``x - lr * gradient``, as in the recipe `mlp` of
the page "Representation". The steps can be computed along several routes, which are the same
function and agree to rounding:

- layers without ReLUs between them may be *fused* into one product;
- the input only ever moves by multiples of ``W^T g``, where W is the first layer and g the
  gradient at its output h. So h alone can be followed, ``h - lr * (W W^T) g``, with one product
  with the *Gram* matrix W W^T in place of two with W. Behind a single layer g is made of signs, and
  since outputs soon swing around their targets, nearly all of them turn at every step: g is minus
  the last one but for a few elements, so that a product takes a few rows of the Gram matrix.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import log10
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from preimage.checkpoint import Checkpoint
from preimage.mlp.networks import Networks, apply
from preimage.status import DIVERGED, NO_GRADIENT, NOT_FINITE, OK

POINTS = 120  # about as many moments are measured
SEGMENT = 1000  # steps after which the input is computed anew, so that rounding does not pile up
FEW = 0.3  # of a matrix's rows, at most, are worth to be picked out
SPEED_OF_PRODUCTS = 10  # of two matrices, per multiplication; one with a vector waits for memory


@dataclass(frozen=True)
class Schedule:
    """How the steps go: lr falls in a line from its first toward its second value.

    normalised: whether the gradient is divided by its root mean square over the inputs, so that
    steps of all networks are of one length.
    """

    iterations: int
    lr: tuple[float, float] = (0.1, 1e-4)
    scale: float = 0.35
    normalised: bool = False

    def factors(self, first: int, stop: int) -> Iterator[float]:
        """Yield what the L1 distance's gradient is multiplied with in steps first .. stop - 1."""
        start, end = self.lr
        for i in range(first, stop):
            yield self.scale * (start * (self.iterations - i) + end * i) / self.iterations

    def moments(self) -> list[int]:
        """Return the numbers of steps after which to measure, log-spaced, 0 and the last too.

        Up to the last they are the same for every schedule, and 1, 2, 5, 10, 20 ... are there.
        """
        spaced = np.logspace(0, 6, POINTS + 1).round().astype(int).tolist()
        round_ones = [n * 10**k for k in range(int(log10(self.iterations)) + 1) for n in (1, 2, 5)]
        within = {n for n in (*spaced, *round_ones) if n < self.iterations}
        return sorted({0, *within, self.iterations})


@dataclass(frozen=True)
class Route:
    """How steps are computed: with all layers fused into one; by the Gram matrix of the first."""

    fused: bool
    gram: bool

    @classmethod
    def cheapest(cls, networks: Networks, iterations: int) -> Self:
        """Return the route with the least arithmetic for so many steps."""
        ways = [cls(f, g) for f in (False, True)[: 1 + networks.is_linear] for g in (False, True)]
        return min(ways, key=lambda route: route.cost(networks, iterations))

    def cost(self, networks: Networks, iterations: int) -> float:
        """Return about how many multiplications there are for one seed, in those with a vector."""
        inputs = networks.weights[0].shape[2]
        sides = [inputs, *networks.widths]
        setup, first = 0, sides[1]
        later = sum(n * m for n, m in pairwise(sides[1:]))
        if self.fused:
            setup, first, later = inputs * later, sides[-1], 0
        if self.gram:
            setup += inputs * first**2
        moving = first**2 * (1 if later else FEW) if self.gram else 2 * inputs * first
        step = 2 * later + moving
        return setup / SPEED_OF_PRODUCTS + iterations * step


@dataclass(frozen=True)
class Descent:
    """What a descent of S seeds gave.

    moments: steps done at each measurement [T].
    m_i, m_g, loss: [T, S] float64 on the CPU: |a - x|_2, |O(a) - O(x)|_2, scale * |O(a) - O(x)|_1.
    aim: [T, S], the cosine of minus the gradient at x with a - x, 1 where a step goes to a.
    inputs: [S, n] the last inputs, on the CPU.
    status: of each seed, a word of `preimage.status`.
    """

    moments: list[int]
    m_i: Tensor
    m_g: Tensor
    loss: Tensor
    aim: Tensor
    inputs: Tensor
    status: list[str]


def descend(
    networks: Networks,
    target: Tensor,
    starts: Tensor,
    schedule: Schedule,
    *,
    route: Route | None = None,
    device: torch.device | str = "cpu",
    checkpoint: Checkpoint | None = None,
    callback: Callable[[int], None] | None = None,
) -> Descent:
    """Descend from starts [S, n] toward the outputs of the target; S is that of the networks.

    target: [n], or [S, n] with one of its own for each network.
    route: None is the cheapest. checkpoint: to begin from and to write to now and then; a descent
    that was interrupted gives what it would have given, bit for bit on the same kind of machine.
    callback: told the number of steps done, without waiting for the device.
    """
    dtype = networks.weights[0].dtype
    problem = _Problem(
        networks.to(device),
        target.to(device, dtype),
        route or Route.cheapest(networks, schedule.iterations),
    )
    moments = schedule.moments()
    stops = sorted({*moments, *range(0, schedule.iterations, SEGMENT)})
    state = (checkpoint.load() if checkpoint else None) or {"done": 0, "inputs": starts.to(dtype)}
    done, inputs = state["done"], state["inputs"].to(device)
    measured = [*state["measured"]] if done else [problem.measured(inputs)]
    for stop in (n for n in stops if n > done):
        inputs = problem.advanced(
            inputs, schedule.factors(done, stop), normalised=schedule.normalised
        )
        done = stop
        if done in moments:
            measured.append(problem.measured(inputs))
        if checkpoint and checkpoint.is_due():
            saved = {"done": done, "inputs": inputs.cpu(), "measured": _stacked(measured)}
            checkpoint.save(saved)
        if callback:
            callback(done)
    m_i, m_g, l1, aim = _stacked(measured).unbind(dim=1)
    loss, inputs = schedule.scale * l1, inputs.cpu()
    status = [_status(*s) for s in zip(starts.to(dtype), inputs, loss.T, m_i.T, strict=True)]
    return Descent(moments, m_i, m_g, loss, aim, inputs, status)


class _Problem:
    """Find inputs for which networks give what they give for a target [n] or [S, n], by a route."""

    def __init__(self, networks: Networks, target: Tensor, route: Route) -> None:
        self.networks = networks.fused() if route.fused else networks
        self.target = target
        self.outputs = self.networks(target)
        self.first, self.bias = self.networks.weights[0], self.networks.biases[0]
        self.inputs = self.first.shape[2]
        self.gram = self.first @ self.first.mT if route.gram else None

    def advanced(self, inputs: Tensor, factors: Iterator[float], *, normalised: bool) -> Tensor:
        """Return the inputs [S, n] after a step with each of the factors."""
        hidden = apply(self.first, inputs) + self.bias
        if self.gram is None:
            for factor in factors:
                gradient = apply(self.first.mT, self._gradient(hidden))
                if normalised:
                    gradient = gradient / _rms(gradient.square().sum(1), self.inputs)
                inputs = inputs - factor * gradient
                hidden = apply(self.first, inputs) + self.bias
            return inputs
        moved = torch.zeros_like(hidden)
        products = _Products(self.gram)
        for factor in factors:
            gradient = self._gradient(hidden)
            product = products.of(gradient)
            if normalised:  # the square of |W^T g| is g (W W^T) g
                length = _rms((gradient * product).sum(1), self.inputs)
                gradient, product = gradient / length, product / length
            moved += factor * gradient
            hidden = hidden - factor * product
        return inputs - apply(self.first.mT, moved)

    def measured(self, inputs: Tensor) -> Tensor:
        """Return |a - x|_2, |O(a) - O(x)|_2, |O(a) - O(x)|_1 and the aim [4, S] of inputs."""
        moved = (inputs - self.target).double()
        off = (self.networks(inputs) - self.outputs).double()
        hidden = apply(self.first, inputs) + self.bias
        aim = cosine_similarity(apply(self.first.mT, self._gradient(hidden)).double(), moved)
        return torch.stack([moved.norm(dim=1), off.norm(dim=1), off.abs().sum(dim=1), aim])

    def _gradient(self, hidden: Tensor) -> Tensor:
        """Return the L1 distance's gradient at the first layer's output, before its ReLU."""
        networks, before = self.networks, [hidden]  # each layer's ReLU
        for depth in range(1, len(networks.weights)):
            below = networks.activated(depth - 1, before[-1])
            before.append(apply(networks.weights[depth], below) + networks.biases[depth])
        gradient = (networks.activated(len(before) - 1, before[-1]) - self.outputs).sign()
        for depth in reversed(range(len(before))):
            if networks.has_relu(depth):
                gradient = gradient * (before[depth] > 0)
            if depth:
                gradient = apply(networks.weights[depth].mT, gradient)
        return gradient


class _Products:
    """Products of symmetric matrices [S, w, w] with one vector [S, w] after another.

    On the CPU, where reading a matrix takes the time, only those rows are read in which a vector
    differs from the last one, or from minus the last one.
    """

    def __init__(self, matrices: Tensor) -> None:
        self.matrices = matrices
        self.vectors = self.products = matrices.new_zeros(matrices.shape[:2])

    def of(self, vectors: Tensor) -> Tensor:
        """Return the products [S, w]."""
        if vectors.device.type != "cpu":
            return apply(self.matrices, vectors)
        known = zip(self.matrices, vectors, self.vectors, self.products, strict=True)
        self.products = torch.stack([_product(*of_seed) for of_seed in known])
        self.vectors = vectors
        return self.products


def _product(matrix: Tensor, vector: Tensor, last: Tensor, product: Tensor) -> Tensor:
    """Return matrix @ vector, given the last vector and its product; the matrix is symmetric."""
    turned = int((vector + last).count_nonzero()) < int((vector - last).count_nonzero())
    sign = -1 if turned else 1
    difference = vector - sign * last
    rows = difference.nonzero().squeeze(1)
    if len(rows) > FEW * len(vector):
        return matrix @ vector
    return sign * product + difference[rows] @ matrix[rows]


def _rms(squares: Tensor, count: int) -> Tensor:
    """Return root mean squares [S, 1] of sums of squares [S]; 1 of a gradient that is 0."""
    mean = (squares / count).clamp(min=0).sqrt()
    return torch.where(mean > 0, mean, 1).unsqueeze(1)


def _stacked(measured: list[Tensor]) -> Tensor:
    """Return what was measured as [T, 4, S] float64 on the CPU."""
    return torch.stack([values.cpu() for values in measured])


def _status(start: Tensor, found: Tensor, loss: Tensor, m_i: Tensor) -> str:
    """Return the status of one seed: of start and found [n], loss and m_i [T]."""
    if not (found.isfinite().all() and loss.isfinite().all() and m_i.isfinite().all()):
        return NOT_FINITE
    if loss[-1] > 0 and torch.equal(start, found):
        return NO_GRADIENT
    return DIVERGED if loss[-1] > loss[0] else OK
