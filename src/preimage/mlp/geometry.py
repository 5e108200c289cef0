"""The geometry of linear layers as one map (page "Input Representations and Depth", E5 to E7).

A ball around the output O(a) comes from an ellipsoid of inputs around a: along a direction that
the map contracts by s it reaches 1 / s as far as in the output. The more layers, the spikier it is.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from preimage.mlp.inversion import (
    SHIFTS,
    frame_of,
    inverted,
    neighbours,
    planned,
    shifted,
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
    network = planned(plan, len(photo)).to(photo.device)
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
