"""What fully connected networks take: products, and matrices that are read step by step."""

from collections.abc import Mapping
from typing import Any

import torch

from preimage.mlp.descent import SPEED_OF_PRODUCTS, Route
from preimage.mlp.geometry import SMALL
from preimage.mlp.inversion import METHODS, PRECISIONS
from preimage.mlp.networks import Networks
from preimage.operations import Operations

Plan = Mapping[str, Any]
_BYTES = {"float32": 4, "float64": 8}


def descents(plan: Plan) -> Operations:
    """Return what the descents of an experiment take, each along its cheapest route.

    A product with a vector reads its matrix, and that is what takes the time.
    """
    inputs, size, seeds = 3 * plan["side"] ** 2, _BYTES[plan["precision"]], len(plan["seeds"])
    found = Operations()
    for curve in plan["curves"]:
        networks = _shapes(inputs, curve["widths"], seeds, plan["relu"])
        route = Route.cheapest(networks, curve["iterations"])
        setup = route.cost(networks, 0)
        steps = route.cost(networks, curve["iterations"]) - setup
        largest = size * max(weight[0].numel() for weight in networks.weights)
        found += seeds * Operations(
            flops=2 * SPEED_OF_PRODUCTS * setup,
            moved={largest.bit_length(): size * steps},
            held=size * sum(weight.numel() for weight in networks.weights),
        )
    return found


def _shapes(inputs: int, widths: list[int], seeds: int, relu: str) -> Networks:
    """Return networks without values."""
    sides = zip([inputs, *widths], widths, strict=False)
    weights = tuple(torch.empty(seeds, n, m, device="meta") for m, n in sides)
    biases = tuple(torch.empty(seeds, n, device="meta") for n in widths)
    return Networks(weights, biases, relu)


def inversions(plan: Plan) -> Operations:
    """Return what the exact inversions of square layers take.

    Counts of operations are those of Golub and Van Loan, *Matrix Computations*: n^3 times 2/3 for
    an LU factorisation, 2 for an inverse, 21 for all singular vectors, 8/3 for the values alone; of
    these last, half read the matrix for each vector.
    """
    return sum(
        (_inversion(plan, layers) * len(plan["seeds"]) for layers in plan["layers"]),
        start=Operations(),
    )


def _inversion(plan: Plan, layers: int) -> Operations:
    n, samples = 3 * plan["side"] ** 2, plan["samples"]
    factors = layers * len(PRECISIONS) * n**3 * (2 / 3 + 2) + layers * n**3 * 2 / 3
    fused = 2 * (layers - 1) * 2 * n**3
    rows = layers * 2 * n**2 * samples * (3 * len(PRECISIONS) * len(METHODS) + len(SMALL))
    singular = (21 + 8 / 3) * n**3
    read = 2 * (4 / 3) * n**3 / 2 * 8  # bytes, in two decompositions
    steps = 2 * n**2 * 8 * plan["descent_steps"]
    return Operations(
        flops=factors + fused + rows + singular,
        moved={(8 * n**2).bit_length(): read + steps},
        held=8.0 * n**2 * (2 * layers + 4),
    )
