"""Measure the mean activations of feature maps on class images; write a table.

Takes the blocks of one image set by one network, and the network whose maps they are measured in,
which sees them at its own size. The plan is a JSON or YAML file such as

    space: animals
    code: L1
    set: class_images
    network: googlenet      # that made the pictures
    judge: googlenet-hidden # whose maps they are
    layer: inception5a
    maps: [0, 4]
    batch_norm: false       # the BatchNorms inside the layer do nothing
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import safetensors
import torch

from preimage.blocks import check_block
from preimage.errors import UserError
from preimage.measures.space.maps import map_means, without_batch_norm
from preimage.networks.network import load_network
from preimage.progress import progress
from preimage.status import NOT_FINITE, OK
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.steps.plans import read_plan
from preimage.tables.images import ITEMS
from preimage.tables.parquet import read_table, write_table
from preimage.tables.space import MAP_MEANS

KEYS = ("space", "code", "set", "network", "judge", "layer", "maps", "batch_norm")


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("measure_maps", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to measure, as above")
    add("--network", type=Path, required=True, metavar="NET.safetensors")
    add_pictures(parser)
    add_machine(parser, batch=True)
    add("--output", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the table for the blocks that `args` name."""
    plan = read_plan(args.plan, KEYS)
    blocks = [read_table(path, ITEMS) for path in args.items]
    if len(args.images) != len(blocks):
        raise UserError(f"{len(args.images)} files of images, {len(blocks)} of items: give as many")
    for path, items in zip(args.images, blocks, strict=True):
        check_block(path, items)
    device = machine(args)
    network = load_network(args.network)
    model = network.model
    if not plan["batch_norm"]:
        model = without_batch_norm(model, plan["layer"], network.name)
    found = []
    with progress(sum(map(len, blocks)), f"measure {plan['space']}", unit="image") as bar:
        for path in args.images:
            what = (network.size, plan["layer"], plan["maps"])
            look = {"batch": args.batch, "device": device, "tell": bar.update}
            found.append(map_means(model, _images(path), *what, **look))
    table = rows(pd.concat(blocks, ignore_index=True), np.concatenate(found), plan)
    write_table(table, args.output, MAP_MEANS, {"device": str(device), "size": str(network.size)})


def rows(items: pd.DataFrame, means: np.ndarray, plan: Mapping[str, Any]) -> pd.DataFrame:
    """Return rows MAP_MEANS for rows ITEMS and the means [n, maps] of their pictures."""
    about = items[["set", "network", "seed", "class_a", "target", "status"]]
    about = about.rename(columns={"class_a": "class", "target": "name"})
    shared = {key: plan[key] for key in ("space", "code", "judge", "layer", "batch_norm")}
    parts = []
    for number, values in zip(plan["maps"], means.T, strict=True):
        part = about.assign(
            **shared, map=number, mean=np.where(np.isfinite(values), values, np.nan)
        )
        part.loc[part["mean"].isna() & (part.status == OK), "status"] = NOT_FINITE
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _images(path: Path) -> torch.Tensor:
    with safetensors.safe_open(path, framework="pt") as file:
        return file.get_tensor("images")


if __name__ == "__main__":
    sys.exit(run(main, parser()))
