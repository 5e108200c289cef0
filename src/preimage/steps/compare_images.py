"""Measure how near the pictures of the columns of a comparison are to each other.

In pixels, at the smaller side of two columns, as the pictures are, not clipped; and in what goes
into the last weights of every network given, which sees them at its own size. The plan is such as

    name: vectorised
    code: B4
    columns:
      - {set: class_images, network: googlenet, title: theirs, kind: alone, networks: [googlenet]}
      - {set: class_images, network: resnet50, title: ours, kind: alone, networks: [resnet50]}

A column has `of: A` or `of: B` where rows are pairs and its pictures are those of one class.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import torch

from preimage.blocks import read_image, read_pictures
from preimage.measures.comparisons.aligned import aligned
from preimage.measures.comparisons.nearness import METRICS, among_others, l2, ssim
from preimage.measures.comparisons.sides import Comparison
from preimage.measures.images.features import Features
from preimage.measures.images.judging import judge
from preimage.networks.network import Network, load_network
from preimage.photos import squash
from preimage.progress import progress
from preimage.status import OK
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.steps.plans import read_plan
from preimage.tables.comparisons import COMPARED_IMAGES, PIXELS
from preimage.tables.parquet import write_table

_ROW = ["classes", "class_a", "class_b", "seed"]


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("compare_images", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to compare, as above")
    add("--networks", type=Path, nargs="+", required=True, metavar="NET.safetensors")
    add_pictures(parser)
    add_machine(parser, batch=True)
    add("--output", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the distances between all columns of the plan in `args`."""
    comparison = msgspec.convert(read_plan(args.plan, ("name", "code", "columns")), Comparison)
    device = machine(args)
    columns = aligned(read_pictures(args.images, args.items), comparison.sides)
    pairs = list(combinations(range(len(columns)), 2))
    found = []
    for i, j in progress(pairs, f"compare {comparison.name} in pixels", unit="pair"):
        found += [_named(t, comparison, i, j, PIXELS) for t in _in_pixels(columns[i], columns[j])]
    for path in progress(args.networks, f"compare {comparison.name} in features", unit="network"):
        network = load_network(path, device=device)
        seen = [_features(network, frame, args.batch, device) for frame in columns]
        for i, j in pairs:
            tables = _in_features((seen[i], seen[j]), columns[i], columns[j])
            found += [_named(table, comparison, i, j, network.name) for table in tables]
    write_table(pd.concat(found), args.output, COMPARED_IMAGES, {"device": str(device)})


def _named(table: pd.DataFrame, comparison: Comparison, i: int, j: int, by: str) -> pd.DataFrame:
    """Return the table with what it is of: two columns, in their order, and what sees them."""
    titles = pd.Series([comparison.sides[k].title for k in (i, j)])
    third = None if by == PIXELS else comparison.is_third(by)
    about = {"code": comparison.code, "comparison": comparison.name, "by": by, "third": third}
    turned = table.turned.to_numpy(int)
    ends = {"one": titles[turned].to_numpy(), "other": titles[1 - turned].to_numpy()}
    return table.drop(columns="turned").assign(**about, **ends)


def _in_pixels(one: pd.DataFrame, other: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the distances of two columns, and those back; all their pictures are in memory."""
    side = int(min(one["size"].min(), other["size"].min()))
    a, b = _pixels(one, side), _pixels(other, side)
    distances = l2(a.reshape(len(a), -1), b.reshape(len(b), -1))
    fine = np.isfinite(np.diagonal(distances))
    alike = [ssim(x, y) if ok else np.nan for x, y, ok in zip(a, b, fine, strict=True)]
    for table in _both_ways(distances, one, other):
        yield table.assign(metric="l2", ssim=alike)


def _in_features(
    seen: Sequence[np.ndarray], one: pd.DataFrame, other: pd.DataFrame
) -> Iterator[pd.DataFrame]:
    for metric, measure in METRICS.items():
        for table in _both_ways(measure(*seen), one, other):
            yield table.assign(metric=metric, ssim=np.nan)


def _both_ways(
    distances: np.ndarray, one: pd.DataFrame, other: pd.DataFrame
) -> Iterator[pd.DataFrame]:
    """Yield the rows' distances from one column to the other and, `turned`, back."""
    for turned, matrix, theirs in ((False, distances, other), (True, distances.T, one)):
        yield one[_ROW].join(among_others(matrix, theirs.own.to_numpy())).assign(turned=turned)


def _pixels(frame: pd.DataFrame, side: int) -> np.ndarray:
    """Return the pictures [n, 3, side, side] of a column, float32, NaN where one failed."""
    found = np.full((len(frame), 3, side, side), np.nan, dtype=np.float32)
    for at, row in _fine(frame).iterrows():
        found[at] = squash(torch.from_numpy(read_image(row.file, row.row)), side)
    return found


def _features(
    network: Network, frame: pd.DataFrame, batch: int, device: torch.device
) -> np.ndarray:
    """Return the features [n, F] of a column's pictures, NaN where one failed."""
    model, size = Features(network.model, device), network.size
    blank = judge(model, torch.zeros(1, 3, size, size), size, batch=1, device=device)
    found = np.full((len(frame), blank.shape[1]), np.nan)
    for _, block in _fine(frame).groupby("file"):  # a block of pictures is in memory at a time
        images = [torch.from_numpy(read_image(row.file, row.row)) for row in block.itertuples()]
        found[block.index] = judge(model, torch.stack(images), size, batch=batch, device=device)
    return found


def _fine(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame.status == OK]


if __name__ == "__main__":
    sys.exit(run(main, parser()))
