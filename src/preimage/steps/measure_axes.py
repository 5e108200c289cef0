"""Axes of spaces of classes: mean activations of feature maps on class images (L1)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import safetensors
import torch

from preimage.blocks import of
from preimage.errors import UserError
from preimage.measures.space.axes import map_means, without_batch_norm
from preimage.measures.space.spaces import Space
from preimage.networks.network import Network, load_network
from preimage.plans import Plan
from preimage.progress import progress
from preimage.status import NOT_FINITE, OK
from preimage.steps.computing import Machine
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.space import MAP_MEANS


class Spaces(Plan):
    """The plan: {"spaces": [...]}, each such as

    {"space": "animals", "code": "L1",
     "set": "class_images", "network": "googlenet",     the pictures, and what made them
     "judge": "googlenet-hidden",                       the network whose maps are the axes
     "layer": "inception5a", "maps": [0, 4],
     "batch_norm": false}                               the BatchNorms in the layer do nothing
    """

    spaces: list[Space]


@step(means=MAP_MEANS)
def measure_axes(
    plan: Spaces, pictures: Pictures, networks: Sequence[Path], machine: Machine
) -> pd.DataFrame:
    """Measure the mean activations of feature maps that are the axes of spaces of classes."""
    shown = {space.space: of(pictures, space.set, space.network) for space in plan.spaces}
    found: dict[str, pd.DataFrame] = {}
    with progress(sum(map(len, shown.values())), "measure axes", unit="image") as bar:
        look = {"batch": machine.batch, "device": machine.device, "tell": bar.update}
        for path in networks:
            judge = load_network(path, modules=machine.modules)
            for space in (s for s in plan.spaces if s.judge == judge.name):
                found[space.space] = _measured(space, judge, shown[space.space], look)
    return pd.concat([_of(space, found) for space in plan.spaces], ignore_index=True)


def _of(space: Space, found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    if space.space not in found:
        raise UserError(f"space {space.space}: the network {space.judge} is not given")
    return found[space.space]


def _measured(
    space: Space, judge: Network, pictures: pd.DataFrame, look: dict[str, Any]
) -> pd.DataFrame:
    model = judge.model
    if not space.batch_norm:
        model = without_batch_norm(model, space.layer, judge.name)
    means = map_means(model, _images(pictures), judge.size, space.layer, space.maps, **look)
    return _rows(space, pictures, means)


def _images(pictures: pd.DataFrame) -> Iterator[torch.Tensor]:
    """Read one block at a time."""
    for path in pictures.file.unique():
        with safetensors.safe_open(path, framework="pt") as file:
            yield file.get_tensor("images")


def _rows(space: Space, pictures: pd.DataFrame, means: np.ndarray) -> pd.DataFrame:
    """Return rows MAP_MEANS of the means [n, maps] of n pictures."""
    about = pictures[["set", "network", "seed", "class_a", "target", "status"]]
    about = about.rename(columns={"class_a": "class", "target": "name"})
    shared = {key: getattr(space, key) for key in ("space", "code", "judge", "layer", "batch_norm")}
    parts = []
    for number, values in zip(space.maps, means.T, strict=True):
        part = about.assign(
            **shared, map=number, mean=np.where(np.isfinite(values), values, np.nan)
        )
        part.loc[part["mean"].isna() & (part.status == OK), "status"] = NOT_FINITE
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
