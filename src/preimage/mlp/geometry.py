"""The geometry of linear layers as one map (page "Input Representations and Depth", E5 to E7).

A ball around the output O(a) comes from an ellipsoid of inputs around a: along a direction that
the map contracts by s it reaches 1 / s as far as in the output. The more layers, the spikier it is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import conv1d, interpolate

from preimage.mlp.inversion import (
    SHIFTS,
    frame_of,
    inverted,
    neighbours,
    shifted,
    square,
)
from preimage.mlp.networks import Networks, start_noise

SMALL = {2: (1, 2), 4: (2, 2)}  # inputs of small networks, and the height and width of their photos


def small_photo(photo: Tensor, inputs: int) -> Tensor:
    """Return a photo [3, H, W] in grey, squashed to `inputs` pixels, a key of `SMALL`: [inputs]."""
    grey = photo.double().mean(dim=0, keepdim=True)
    pixels = interpolate(grey[None], SMALL[inputs], mode="bilinear", antialias=True)
    return pixels.clamp(0, 1).flatten()


def directions(plan: Mapping[str, Any], photo: Tensor) -> pd.DataFrame:
    """Return a row for each right singular direction of the map: columns of DIRECTIONS.

    plan: as of `inversion.points`. photo: a, as a vector [n] in float64. The ball whose preimage
    is described has its centre at O(a) and O(a') on its surface.
    """
    samples, seed = plan["samples"], plan["seed"]
    network = square(len(photo), plan["layers"], seed).to(photo.device)
    _, values, vectors = torch.linalg.svd(network.fused().weights[0][0])
    shift = vectors @ (shifted(photo, SHIFTS[0], 1, seed)[0] - photo)
    radius = float((values * shift).norm())
    start = vectors @ (start_noise(len(photo), [seed])[0].to(photo) - photo)
    near = neighbours(network, inverted(network), photo, plan["noise"], samples=samples, seed=seed)
    return frame_of(
        {
            "direction": torch.arange(len(values)),
            "singular_value": values,
            "reach": radius / values,
            "shifted": shift,
            "descended": _flow(values, start, radius),
            "neighbour": ((near - photo) @ vectors.T).square().mean(dim=0).sqrt(),
        }
    )


def _flow(values: Tensor, start: Tensor, radius: float) -> Tensor:
    """Return the first point of a gradient flow whose output is within `radius` of O(a): [n].

    Points are x - a in singular directions. The flow is what descent on half the squared distance
    of outputs becomes with small steps: after a time t, exp(-s^2 t) of the start is left along a
    direction of singular value s.
    """

    def after(time: float) -> Tensor:
        return start * torch.exp(-(values**2) * time)

    def is_near(time: float) -> bool:
        return float((values * after(time)).norm()) <= radius

    late = 1.0
    while not is_near(late):
        late *= 2
    early = 0.0
    for _ in range(60):
        middle = (early + late) / 2
        early, late = (early, middle) if is_near(middle) else (middle, late)
    return after(late)


def conditions(network: Networks, composed: np.ndarray) -> pd.DataFrame:
    """Return singular values and condition numbers of a single network: columns of CONDITIONS.

    composed: the singular values of all layers as one map, which `directions` finds; the row of
    the last layer is computed here. A singular map has no condition number.
    """
    last = torch.linalg.svdvals(network.weights[-1][0]).cpu().numpy()
    values = {"composed": composed, "last": last}
    frame = pd.DataFrame(
        [(name, v.max(), v.min()) for name, v in values.items()],
        columns=["map", "largest", "smallest"],
    )
    return frame.assign(condition=frame.largest / frame.smallest.where(frame.smallest > 0))


def worked_examples() -> pd.DataFrame:
    """Return the numbers of the page's two worked examples, as said there and as computed here.

    The columns of WORKED_EXAMPLES, but for the code.
    """
    rows = [("mean of two", *row) for row in _mean_of_two()]
    rows += [("contraction by 1000", *row) for row in _contraction()]
    return pd.DataFrame(rows, columns=["example", "quantity", "page", "computed"])


def _mean_of_two() -> Iterator[tuple[str, float | None, float]]:
    """The convolution with 1/2 [1 1] of (2, 3): one output, so that inputs cannot be told apart.

    With a known 0 beside it and a stride of 1, they can.
    """
    kernel, inputs = torch.tensor([0.5, 0.5]).double(), torch.tensor([2.0, 3.0]).double()
    unit = torch.eye(2).double()
    alone, padded = _convolved(unit, kernel).T, _convolved(unit, kernel, padding=1).T
    output = alone @ inputs
    shortest = torch.linalg.pinv(alone) @ output
    yield "output of (2, 3)", 5 / 2, float(output)
    yield "dimensions of inputs with that output", None, 2 - float(torch.linalg.matrix_rank(alone))
    yield "output of the shortest of them", None, float(alone @ shortest)
    yield "its distance from (2, 3)", None, float((shortest - inputs).norm())
    left = 2 - float(torch.linalg.matrix_rank(padded))
    yield "dimensions of inputs with that output, padded with 0", None, left


def _convolved(inputs: Tensor, kernel: Tensor, padding: int = 0) -> Tensor:
    """Convolve each row of [m, n] with a kernel [k]: [m, n - k + 1 + 2 * padding]."""
    return conv1d(inputs[:, None], kernel[None, None], padding=padding)[:, 0]


def _contraction() -> Iterator[tuple[str, float | None, float]]:
    """The map E that contracts one of two dimensions by 1000: x, beside it epsilon, and far off a.

    Only differences count, so x is 0.
    """
    contraction = torch.diag(torch.tensor([1 / 1000, 1], dtype=torch.float64))
    x = torch.zeros(2).double()
    for name, point, said in (
        ("epsilon", torch.tensor([1.0, 1.0]), {"x": 2.0, "E": 1.001}),
        ("a", torch.tensor([1000.0, 0.0]), {"x": 1000.0, "E": 1.0}),
    ):
        yield f"|x - {name}| in L1", said["x"], float((x - point).norm(p=1))
        yield f"|E(x - {name})| in L1", said["E"], float((contraction @ (x - point)).norm(p=1))
        yield f"|E(x - {name})| in L2", None, float((contraction @ (x - point)).norm())
    yield "condition number of E", None, float(torch.linalg.cond(contraction))
