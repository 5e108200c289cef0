"""Measure what one more neuron of a map changes in a picture; write a table, a row a neuron.

Takes the blocks of one image set whose frames have a neuron more each, by one network. The plan is
that of `preimage.steps.measure_areas`.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from preimage.blocks import read_image, read_pictures
from preimage.descent.recipe import Recipe
from preimage.measures.features.areas import about, changes
from preimage.measures.features.fields import Reaches
from preimage.measures.features.reading import newest
from preimage.networks.network import load_network
from preimage.progress import progress
from preimage.status import OK
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.steps.measure_areas import KEYS, by_layer
from preimage.steps.plans import read_plan
from preimage.tables.features import READING_ORDER
from preimage.tables.parquet import write_table

Item = Mapping[str, Any]

_OF_ITEM = (
    *("code", "set", "network", "layer", "target"),
    *("recipe", "recipe_digest", "seed", "frame"),
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("measure_reading_order", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what was made, as above")
    add("--network", type=Path, required=True, metavar="NET.safetensors")
    add_pictures(parser)
    add_machine(parser)
    add("--output", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the table for the blocks that `args` name."""
    plan = read_plan(args.plan, KEYS)
    recipe = Recipe.read(plan["recipe"], f"{args.plan}, recipe")
    device = machine(args)
    pictures = read_pictures(args.images, args.items)
    rows: list[dict[str, Any]] = []
    for some, found in by_layer(pictures, load_network(args.network).model, recipe, device):
        title = f"measure {plan['set']} of {plan['network']}: {some.layer.iloc[0]}"
        pairs = list(_pairs(some))
        rows += [_row(*pair, found) for pair in progress(pairs, title, unit="frame")]
    table = pd.DataFrame(rows, columns=READING_ORDER.names).assign(
        normalised=recipe.normalised, absolute=recipe.loss.absolute
    )
    write_table(table, args.output, READING_ORDER, {"device": str(device)})


def _pairs(pictures: pd.DataFrame) -> Iterator[tuple[Item, Item]]:
    """Yield each frame but the first of a map, with the frame before it."""
    for _, frames in pictures.sort_values("frame").groupby(["target", "seed"], sort=False):
        yield from pairwise(frames.to_dict("records"))


def _row(before: Item, item: Item, found: Reaches) -> dict[str, Any]:
    neuron = newest(item["objective"])
    cells = {key: item[key] for key in _OF_ITEM} | about([neuron], found)
    failed = [one["status"] for one in (before, item) if one["status"] != OK]
    if failed:
        return cells | {"status": failed[0]}
    pixels = (read_image(one["file"], one["row"]) for one in (item, before))
    return cells | {"status": OK} | changes(*pixels, found([neuron]))


if __name__ == "__main__":
    sys.exit(run(main, parser()))
