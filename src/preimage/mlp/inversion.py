"""Exact inversion of square linear layers (page "Input Representations and Depth", E8 and E9).

A network of layers o = W x + b, all as wide as the input, has one input for each output. Which
inputs have an output near that of a photo a? Those found by solving from outputs near O(a), by
small noise on a, and by descent are compared. Inputs and outputs are rows of [m, n].
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from preimage.mlp.descent import Schedule
from preimage.mlp.networks import Initial, Networks, start_noise

METHODS = ("solve", "inverse")
PRECISIONS = {"float64": torch.float64, "float32": torch.float32}
SHIFTS = (1 / 25, 1 / 18)  # of a': on the page, and in its author's later code
_ON_INPUTS, _ON_OUTPUTS = 1, 2  # streams of noise

Map = Callable[[Tensor], Tensor]


def square(
    inputs: int, layers: int, seed: int, precision: str = "float64", initial: Initial = "linear"
) -> Networks:
    """Return the network of a seed: `layers` linear layers of as many neurons as inputs."""
    return Networks.draw(
        inputs, [inputs] * layers, [seed], initial=initial, dtype=PRECISIONS[precision]
    )


def planned(plan: Mapping[str, Any], inputs: int, precision: str = "float64") -> Networks:
    """Return the network of a plan: layers, seed, initial."""
    return square(inputs, plan["layers"], plan["seed"], precision, plan["initial"])


def outputs(network: Networks, inputs: Tensor) -> Tensor:
    """Return what a single network makes of inputs [m, n], layer by layer: [m, n]."""
    for weight, bias in _layers(network):
        inputs = inputs @ weight.T + bias
    return inputs


def inverted(network: Networks, method: str = "solve") -> Map:
    """Return the map from outputs [m, n] of a single square network to their inputs [m, n].

    Layer by layer from the last, x = W^-1 (o - b): by a method of `METHODS`, that is with one LU
    factorisation of each layer, or with inverse matrices, as the page does. Both are taken once,
    now. Raises RuntimeError for a singular layer, which random ones are not.
    """
    inverses = [(_inverse(weight, method), bias) for weight, bias in _layers(network)]

    def inputs_of(outputs: Tensor) -> Tensor:
        for inverse, bias in reversed(inverses):
            outputs = inverse(outputs - bias)
        return outputs

    return inputs_of


def _layers(network: Networks) -> list[tuple[Tensor, Tensor]]:
    return [(w[0], b[0]) for w, b in zip(network.weights, network.biases, strict=True)]


def _inverse(weight: Tensor, method: str) -> Map:
    if method == "inverse":
        matrix = torch.linalg.inv(weight)
        return lambda rows: rows @ matrix.T
    factors = torch.linalg.lu_factor(weight)
    return lambda rows: torch.linalg.lu_solve(*factors, rows.T).T


def shifted(photo: Tensor, deviation: float, samples: int, seed: int) -> Tensor:
    """Return a' = a + N(0, 1) * deviation: [samples, n]; the same noise for all deviations."""
    return photo + deviation * _noise(len(photo), samples, (seed, _ON_INPUTS)).to(photo)


def neighbours(
    network: Networks, inputs_of: Map, photo: Tensor, noise: float, *, samples: int, seed: int
) -> Tensor:
    """Return a'', the inputs of O(a) + N(0, 1) * noise: [samples, n], in the network's type."""
    there = outputs(network, photo.to(network.weights[0])[None])
    return inputs_of(there + noise * _noise(len(photo), samples, (seed, _ON_OUTPUTS)).to(there))


def _noise(inputs: int, samples: int, stream: tuple[int, int]) -> Tensor:
    """Return N(0, 1) [samples, inputs], float64; further samples leave the first as they are."""
    return torch.from_numpy(np.random.default_rng(stream).standard_normal((samples, inputs)))


def descended(network: Networks, photo: Tensor, steps: int, seed: int) -> Tensor:
    """Return a_g [1, n]: `steps` steps down the L1 distance of outputs, by the recipe `mlp`.

    The map is linear, so that its gradient is that of all layers as one.
    """
    one = network.fused()
    weight, there = one.weights[0][0], outputs(one, photo[None])
    found = start_noise(len(photo), [seed]).to(photo)
    for size in Schedule(steps).factors(0, steps):
        found = found - size * (outputs(one, found) - there).sign() @ weight
    return found


def points(plan: Mapping[str, Any], photo: Tensor) -> Iterator[tuple[dict[str, Any], Tensor]]:
    """Yield what an input is (columns of INVERSIONS) and such inputs [m, n], of one network.

    plan: layers, seed, initial, samples, noise (standard deviation on outputs), descent_steps.
    photo: a, as a vector [n] in float64, on the device to compute on.
    """
    n, samples, seed = len(photo), plan["samples"], plan["seed"]
    for deviation in SHIFTS:
        about = _about("shifted", "float64", "noise", deviation)
        yield about, shifted(photo, deviation, samples, seed)
    for precision, method in product(PRECISIONS, METHODS):
        network = planned(plan, n, precision).to(photo.device)
        inputs_of = inverted(network, method)
        there = outputs(network, photo.to(network.weights[0])[None])
        yield _about("recovered", precision, method), inputs_of(there)
        found = neighbours(network, inputs_of, photo, plan["noise"], samples=samples, seed=seed)
        yield _about("neighbour", precision, method, plan["noise"]), found
    network = planned(plan, n).to(photo.device)
    found = descended(network, photo, plan["descent_steps"], seed)
    yield {**_about("descended", "float64", "descent"), "code": "E9"}, found


def _about(
    point: str, precision: str, method: str, deviation: float | None = None
) -> dict[str, Any]:
    about = {"code": "E8", "point": point, "precision": precision, "method": method}
    return {**about, "deviation": deviation}


def measured(network: Networks, photo: Tensor, inputs: Tensor) -> pd.DataFrame:
    """Return m_i, m_g and how far out of 0 .. 1 inputs [m, n] are, a row each.

    network: in float64. Distances that are not finite are NaN.
    """
    inputs = inputs.double()
    corner = torch.maximum(photo, 1 - photo).norm().expand(len(inputs))
    return frame_of(
        {
            "m_i": (inputs - photo).norm(dim=1),
            "m_g": (outputs(network, inputs) - outputs(network, photo[None])).norm(dim=1),
            "outside": ((inputs < 0) | (inputs > 1)).double().mean(dim=1),
            "corner": corner,
        }
    )


def frame_of(columns: Mapping[str, Tensor]) -> pd.DataFrame:
    """Return columns [m] as a frame, with NaN for what is not finite."""
    frame = pd.DataFrame({name: values.cpu().numpy() for name, values in columns.items()})
    return frame.replace([np.inf, -np.inf], np.nan)
