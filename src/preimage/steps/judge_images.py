"""Show finished pictures to networks; write what each of them says, in short and in full.

Takes the blocks of one image set by one generating network. Every network given is a judge, named
by its file, and sees the pictures resized to its own size, not clipped, in float32.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import safetensors
import torch

from preimage.blocks import check_block
from preimage.errors import UserError
from preimage.measures.images.judging import judge
from preimage.measures.images.predictions import logit_rows, predictions
from preimage.networks.network import Network, load_network
from preimage.progress import progress
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.tables.images import ITEMS, LOGITS, PREDICTIONS
from preimage.tables.parquet import read_table, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("judge_images", __doc__)
    add = parser.add_argument
    add("--networks", type=Path, nargs="+", required=True, metavar="NET.safetensors")
    add_pictures(parser)
    add_machine(parser, batch=True)
    add("--predictions", type=Path, required=True, metavar="OUT.parquet")
    add("--logits", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the two tables for the pictures and judges that `args` name."""
    device = machine(args)
    blocks = [read_table(path, ITEMS) for path in args.items]
    items = pd.concat(blocks, ignore_index=True)
    judges = [load_network(path, device=device) for path in args.networks]
    _check(args, blocks, judges)
    shown = map(_images, args.images)
    said = _logits(judges, shown, args.batch, len(items), device)
    about = {"device": str(device), "sizes": json.dumps({j.name: j.size for j in judges})}
    told = [predictions(items, said[j.name], j.name, j.size, j.categories) for j in judges]
    full = [logit_rows(items, said[j.name], j.name) for j in judges]
    write_table(pd.concat(full), args.logits, LOGITS, about)
    write_table(pd.concat(told), args.predictions, PREDICTIONS, about)


def _logits(
    judges: Sequence[Network],
    shown: Iterable[torch.Tensor],
    batch: int,
    count: int,
    device: torch.device,
) -> dict[str, np.ndarray]:
    """Return the logits [n, C] of each judge; one block of pictures is in memory at a time."""
    said: dict[str, list[np.ndarray]] = {network.name: [] for network in judges}
    with progress(count * len(judges), "judge", unit="image") as bar:
        for images in shown:
            for one in judges:
                found = judge(
                    one.model, images, one.size, batch=batch, device=device, tell=bar.update
                )
                said[one.name].append(found)
    return {name: np.concatenate(found) for name, found in said.items()}


def _check(
    args: argparse.Namespace, blocks: Sequence[pd.DataFrame], judges: Sequence[Network]
) -> None:
    if len(args.images) != len(blocks):
        raise UserError(f"{len(args.images)} files of images, {len(blocks)} of items: give as many")
    for path, items in zip(args.images, blocks, strict=True):
        check_block(path, items)
    if len({judge.name for judge in judges}) < len(judges):
        raise UserError("two of the networks have the same name: a judge is named by its file")
    first = judges[0]
    for other in judges[1:]:
        if other.categories != first.categories:
            raise UserError(
                f"{first.name} and {other.name} have other categories: only networks with the same "
                "classes can judge the same pictures"
            )


def _images(path: Path) -> torch.Tensor:
    with safetensors.safe_open(path, framework="pt") as file:
        return file.get_tensor("images")


if __name__ == "__main__":
    sys.exit(run(main, parser()))
