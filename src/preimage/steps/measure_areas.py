"""Measure where pictures of features differ from their start; write a table, a row a picture.

Takes the blocks of one image set of features by one network. The plan is a JSON or YAML file such
as

    set: neurons
    network: inception_v3
    recipe: {octaves: [{size: 299, iterations: 100, lr: 0.1, sigma: [2.4, 0.8]}]}
    photos: {}      # those that the recipe starts from

where several items may have the same seed. The start that a picture is compared with is resized
and blurred as often as the picture.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from preimage.blocks import read_image, read_pictures
from preimage.descent.layers import Extractor
from preimage.descent.recipe import Recipe
from preimage.measures.features.areas import about, addressed, area, changes, without_steps
from preimage.measures.features.fields import Reaches
from preimage.networks.network import load_network
from preimage.photos import open_photo
from preimage.progress import progress
from preimage.status import OK
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.steps.plans import read_plan
from preimage.tables.features import AREAS
from preimage.tables.parquet import write_table

KEYS = ("set", "network", "recipe", "photos")
_OF_ITEM = (
    *("code", "set", "network", "layer", "target"),
    *("recipe", "recipe_digest", "seed", "size", "status"),
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("measure_areas", __doc__)
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
    photos = {name: open_photo(entry) for name, entry in plan["photos"].items()}
    starts = without_steps(recipe, pictures.seed.tolist(), photos)
    rows: list[dict[str, Any]] = []
    for some, found in by_layer(pictures, load_network(args.network).model, recipe, device):
        title = f"measure {plan['set']} of {plan['network']}: {some.layer.iloc[0]}"
        for item in progress(some.to_dict("records"), title, unit="picture"):
            rows.append(_row(item, starts[item["seed"]], found))
    table = pd.DataFrame(rows, columns=AREAS.names)
    write_table(table, args.output, AREAS, {"device": str(device)})


def by_layer(
    pictures: pd.DataFrame, model: nn.Module, recipe: Recipe, device: torch.device
) -> Iterator[tuple[pd.DataFrame, Reaches]]:
    """Yield the pictures of each layer or sum of layers, and what finds what reaches it."""
    for layers, some in pictures.groupby("layer", sort=False):
        yield some, Reaches(Extractor(model, layers.split(" + "), device=device), recipe)


def _row(item: Mapping[str, Any], start: NDArray[np.float32], found: Reaches) -> dict[str, Any]:
    terms = addressed(item["objective"], item["network"])
    cells = {key: item[key] for key in _OF_ITEM} | about(terms, found)
    if item["status"] != OK:
        return cells
    picture, reaches = read_image(item["file"], item["row"]), found(terms)
    if "column" in cells:
        cells["ratio_disc"] = changes(picture, start, reaches)["ratio_disc"]
    return cells | area(picture, start, reaches)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
