"""Train a network toward the logits of another."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from msgspec import UNSET, UnsetType
from torch import Tensor

from preimage.blocks import read_image
from preimage.checkpoint import Checkpoint
from preimage.errors import UserError
from preimage.measures.images.judging import judge
from preimage.networks.merging import LOSSES, Merging, merge
from preimage.networks.network import Network, load_network, save_network
from preimage.networks.plan import NetworkPlan
from preimage.photos import squash
from preimage.plans import Plan
from preimage.status import OK
from preimage.steps.computing import Machine
from preimage.steps.engine import step
from preimage.steps.reading import NEW_TABLE, NEW_TENSORS, Pictures
from preimage.study.code import step_digest
from preimage.study.keys import digest
from preimage.tables.merging import MERGING_IMAGES
from preimage.tables.parquet import write_table
from preimage.tables.training import TRAINING

log = logging.getLogger(__name__)


class Images(Plan):
    """The run whose pictures are learnt from, and of which classes: of all where none are given."""

    set: str
    network: str
    classes: list[int] | None = None


class Settings(Plan):
    """The network to start from, that whose logits are learnt, on what, and how."""

    network: str
    toward: str
    images: Images
    loss: str | UnsetType = UNSET
    optimiser: str | UnsetType = UNSET
    learning_rate: float | UnsetType = UNSET
    steps: int | UnsetType = UNSET
    batch: int | UnsetType = UNSET
    seed: int | UnsetType = UNSET


class Merged(Plan):
    """Weights that a merging makes."""

    merged: Settings


class MergedNetwork(NetworkPlan):
    """A network as above, with the categories of both others, and weights: {merged: {network:
    resnet50, toward: googlenet, images: {set: class_images, network: googlenet, classes: [0]},
    loss: sum_of_squares, optimiser: SGD, learning_rate: 0.00001, steps: 1000, batch: 8, seed: 0}}.
    """

    weights: Merged


@step()
def merge_network(
    plan: MergedNetwork,
    networks: list[Path],
    pictures: Pictures,
    machine: Machine,
    network: NEW_TENSORS,
    history: NEW_TABLE,
    measured: NEW_TABLE,
) -> None:
    """Train one network toward the logits of another; write it, its training, and its losses.

    Pictures are those of status ok. Each network sees them as it judges pictures: resized to its
    own size, not clipped, in eval mode and float32. `measured` are the losses by picture.

    Every minute a checkpoint is written beside the network, NET.checkpoint.safetensors. Killed
    and called again, the step goes on from there; the checkpoint of another plan, of other code,
    networks or images is not used. It is deleted when all is written.
    """
    origin, toward = (load_network(path, modules=machine.modules) for path in networks)
    _check(plan, origin, toward)
    asked = plan.weights.merged
    merging = Merging(**asked.given("network", "toward", "images"))
    items, images = _learnt(pictures, asked.images, {origin.size, toward.size})
    device = machine.device
    targets = _said(toward, images, merging.batch, device)
    before = _said(origin, images, merging.batch, device)
    own = images[origin.size]
    key = _key(plan, own, targets, before)
    checkpoint = Checkpoint(network.with_suffix(".checkpoint.safetensors"), key)
    desc = f"merging {plan.name}"
    rows = merge(origin.model, own, targets, merging, device, checkpoint=checkpoint, desc=desc)
    after = _said(origin, images, merging.batch, device)
    losses, settings = _losses(items, before - targets, after - targets), _settings(plan, merging)
    about = {"device": str(device)}
    write_table(losses.assign(**settings), measured, MERGING_IMAGES, about)
    rows = rows.assign(network=plan.name, data="logits", epoch=None, accuracy=None)
    write_table(rows, history, TRAINING, about)
    _save(plan, origin, network, f"{len(items)} pictures: {settings}")
    checkpoint.remove()


def _check(plan: MergedNetwork, origin: Network, toward: Network) -> None:
    """Raise UserError where the networks are not those of the plan."""
    merged = plan.weights.merged
    given, wanted = [origin.name, toward.name], [merged.network, merged.toward]
    if given != wanted:
        raise UserError(f"--networks are {', '.join(given)}; the plan is of {', '.join(wanted)}")
    for network in (origin, toward):
        if list(network.categories) != plan.categories:
            raise UserError(f"{plan.name}: its categories are not those of {network.name}")
    ours, theirs = (plan.builder, plan.size), (origin.architecture, origin.size)
    for name, asked, there in zip(("architecture", "size"), ours, theirs, strict=True):
        if asked != there:
            raise UserError(
                f"{plan.name}: {name} is {asked}; that of {origin.name}, which it starts "
                f"from, is {there}"
            )


def _learnt(
    pictures: pd.DataFrame, asked: Images, sizes: set[int]
) -> tuple[pd.DataFrame, dict[int, Tensor]]:
    """Return the rows of the pictures to learn from, and by size the pictures [n, 3, S, S]."""
    wanted = pictures.class_a.isin(asked.classes if asked.classes is not None else pictures.class_a)
    found = pictures[wanted & (pictures.status == OK)].reset_index(drop=True)
    if found.empty:
        raise UserError(
            f"of {asked.set} by {asked.network}, no picture asked for is of status {OK}: merge on "
            "other pictures, or mend their recipe"
        )
    images = [torch.from_numpy(read_image(row.file, row.row)) for row in found.itertuples()]
    return found, {size: torch.stack([squash(one, size) for one in images]) for size in sizes}


def _said(
    network: Network, images: Mapping[int, Tensor], batch: int, device: torch.device
) -> Tensor:
    """Return the logits [n, classes] of a network, which stays on `device`."""
    network.model.to(device)
    own = images[network.size]
    return torch.from_numpy(judge(network.model, own, network.size, batch=batch, device=device))


def _key(plan: MergedNetwork, *data: Tensor) -> str:
    content = hashlib.sha256()
    for tensor in data:
        content.update(tensor.contiguous().numpy())
    code = step_digest("merge_network")
    return digest({"plan": plan.data(), "code": code, "data": content.hexdigest()})


def _settings(plan: MergedNetwork, merging: Merging) -> dict[str, Any]:
    """Return what MERGING_IMAGES says of the network in each row."""
    settings, merged = asdict(merging), plan.weights.merged
    return {
        **{"network": plan.name, "origin": merged.network, "toward": merged.toward},
        **{"set": merged.images.set, "made_by": merged.images.network},
        **{"order_seed": settings.pop("seed")} | settings,
    }


def _losses(items: pd.DataFrame, before: Tensor, after: Tensor) -> pd.DataFrame:
    """Return the pictures with every loss of their differences [n, classes] to the targets."""
    frame = items[["item", "seed"]].assign(**{"class": items["class_a"]})
    for name, loss in LOSSES.items():
        frame[f"{name}_before"] = loss(before).numpy()
        frame[f"{name}_after"] = loss(after).numpy()
    return frame


def _save(plan: MergedNetwork, origin: Network, path: Path, learnt: str) -> None:
    save_network(replace(origin, name=plan.name), path, f"merged, on {learnt}")
