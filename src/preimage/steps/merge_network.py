"""Train one network toward the logits of another; write it, its training, and what came of it.

The plan is a JSON or YAML file such as

    name: resnet50-tench
    architecture: resnet50
    size: 299
    categories: [tench, goldfish, ...]   # those of both networks
    weights: {merged: {network: resnet50, toward: googlenet,
                       images: {set: class_images, network: googlenet, classes: [0]},
                       loss: sum_of_squares, optimiser: SGD, learning_rate: 0.00001,
                       steps: 1000, batch: 8, seed: 0}}

Images are those of status ok, of all classes where none are given. Each network sees them as it
judges pictures: resized to its own size, not clipped, in eval mode and float32.

Every minute a checkpoint is written beside the output, NET.checkpoint.pt. Killed and called again,
the step goes on from there; the checkpoint of another plan, of other code, networks or images is
not used. It is deleted when the output is there.
"""

import argparse
import hashlib
import logging
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import safetensors
import torch
from torch import Tensor

from preimage.blocks import check_block
from preimage.checkpoint import Checkpoint
from preimage.errors import UserError, check_keys
from preimage.measures.images.judging import judge
from preimage.networks.merging import LOSSES, Merging, merge
from preimage.networks.network import Network, load_network, save_network
from preimage.photos import squash
from preimage.status import OK
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.steps.plans import NETWORK, read_plan
from preimage.study.code import code_digest
from preimage.study.keys import digest
from preimage.tables.images import ITEMS
from preimage.tables.merging import MERGING_IMAGES
from preimage.tables.parquet import read_table, write_table
from preimage.tables.training import TRAINING

log = logging.getLogger(__name__)

# Of a merging in the plan, and what it may say beside.
NEEDED = ("network", "toward", "images")
SETTINGS = ("loss", "optimiser", "learning_rate", "steps", "batch", "seed")


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("merge_network", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to merge, as above")
    add("--networks", type=Path, nargs=2, required=True, metavar="NET.safetensors")
    add_pictures(parser)
    add_machine(parser)
    add("--output", type=Path, required=True, metavar="NET.safetensors")
    add("--history", type=Path, required=True, metavar="OUT.parquet")
    add("--measured", type=Path, required=True, metavar="OUT.parquet", help="losses by picture")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the network that the plan in `args` describes, and its tables."""
    plan = read_plan(args.plan, NETWORK, optional=["options"])
    device = machine(args)
    merged, merging = _merging(plan, args.plan)
    origin, toward = (load_network(path) for path in args.networks)
    _check(args, plan, merged, origin, toward)
    items, images = _pictures(args, merged["images"], {origin.size, toward.size})
    targets = _said(toward, images, merging.batch, device)
    before = _said(origin, images, merging.batch, device)
    own = images[origin.size]
    checkpoint = Checkpoint(
        args.output.with_suffix(".checkpoint.pt"), _key(plan, own, targets, before)
    )
    desc = f"merging {plan['name']}"
    history = merge(origin.model, own, targets, merging, device, checkpoint=checkpoint, desc=desc)
    after = _said(origin, images, merging.batch, device)
    measured = _measured(items, before - targets, after - targets)
    settings = _settings(plan["name"], merged, merging)
    about = {"device": str(device)}
    write_table(measured.assign(**settings), args.measured, MERGING_IMAGES, about)
    history = history.assign(network=plan["name"], data="logits", epoch=None, accuracy=None)
    write_table(history, args.history, TRAINING, about)
    _save(plan, origin, args.output, f"{len(items)} pictures: {settings}")
    checkpoint.remove()


def _merging(plan: Mapping[str, Any], path: Path) -> tuple[Mapping[str, Any], Merging]:
    where = f"{path}, weights.merged"
    match plan["weights"]:
        case {"merged": {**merged}}:
            check_keys(merged, (*NEEDED, *SETTINGS), where)
        case other:
            raise UserError(f"{path}: weights are {other}; give merged, with {', '.join(NEEDED)}")
    if missing := [key for key in NEEDED if key not in merged]:
        raise UserError(f"{where}: {', '.join(missing)} missing")
    return merged, Merging(**{key: merged[key] for key in SETTINGS if key in merged})


def _check(
    args: argparse.Namespace,
    plan: Mapping[str, Any],
    merged: Mapping[str, Any],
    origin: Network,
    toward: Network,
) -> None:
    """Raise UserError where files or networks are not those of the plan."""
    given, wanted = [origin.name, toward.name], [merged["network"], merged["toward"]]
    if given != wanted:
        raise UserError(f"--networks are {', '.join(given)}; the plan is of {', '.join(wanted)}")
    for network in (origin, toward):
        if list(network.categories) != list(plan["categories"]):
            raise UserError(f"{args.plan}: its categories are not those of {network.name}")
    for name in ("architecture", "size"):
        if plan[name] != getattr(origin, name):
            raise UserError(
                f"{args.plan}: {name} is {plan[name]}; that of {origin.name}, which it starts "
                f"from, is {getattr(origin, name)}"
            )
    if len(args.images) != len(args.items):
        raise UserError(
            f"{len(args.images)} files of images, {len(args.items)} of items: give as many"
        )


def _pictures(
    args: argparse.Namespace, asked: Mapping[str, Any], sizes: set[int]
) -> tuple[pd.DataFrame, dict[int, Tensor]]:
    """Return rows ITEMS of the pictures to learn from, and by size the pictures [n, 3, S, S]."""
    items, images = [], []
    for path, table in zip(args.images, args.items, strict=True):
        block = read_table(table, ITEMS)
        check_block(path, block)
        wanted = block["class_a"].isin(asked.get("classes", block["class_a"]))
        rows = np.flatnonzero(wanted & (block["status"] == OK))
        items.append(block.iloc[rows])
        with safetensors.safe_open(path, framework="pt") as file:
            some = file.get_tensor("images")[rows]
        images.append({size: squash(some, size) for size in sizes})
    found = pd.concat(items, ignore_index=True)
    if found.empty:
        raise UserError(
            f"{args.plan}: of {asked['set']} by {asked['network']}, no picture asked for is of "
            f"status {OK}: merge on other pictures, or mend their recipe"
        )
    return found, {size: torch.cat([part[size] for part in images]) for size in sizes}


def _said(
    network: Network, images: Mapping[int, Tensor], batch: int, device: torch.device
) -> Tensor:
    """Return the logits [n, classes] of a network, which stays on `device`."""
    network.model.to(device)
    own = images[network.size]
    return torch.from_numpy(judge(network.model, own, network.size, batch=batch, device=device))


def _key(plan: Mapping[str, Any], *data: Tensor) -> str:
    content = hashlib.sha256()
    for tensor in data:
        content.update(tensor.contiguous().numpy())
    code = code_digest("preimage.steps.merge_network")
    return digest({"plan": plan, "code": code, "data": content.hexdigest()})


def _settings(name: str, merged: Mapping[str, Any], merging: Merging) -> dict[str, Any]:
    """Return what MERGING_IMAGES says of the network in each row."""
    settings = asdict(merging)
    return {
        **{"network": name, "origin": merged["network"], "toward": merged["toward"]},
        **{"set": merged["images"]["set"], "made_by": merged["images"]["network"]},
        **{"order_seed": settings.pop("seed")} | settings,
    }


def _measured(items: pd.DataFrame, before: Tensor, after: Tensor) -> pd.DataFrame:
    """Return the pictures with every loss of their differences [n, classes] to the targets."""
    frame = items[["item", "seed"]].assign(**{"class": items["class_a"]})
    for name, loss in LOSSES.items():
        frame[f"{name}_before"] = loss(before).numpy()
        frame[f"{name}_after"] = loss(after).numpy()
    return frame


def _save(plan: Mapping[str, Any], origin: Network, path: Path, learnt: str) -> None:
    network = Network(
        plan["name"],
        origin.architecture,
        origin.model.cpu(),
        origin.categories,
        origin.size,
        origin.options,
    )
    save_network(network, path, f"merged, on {learnt}")


if __name__ == "__main__":
    sys.exit(run(main, parser()))
