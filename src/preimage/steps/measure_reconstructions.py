"""Measure how near reconstructions are to their photos; write a table, a row a reconstruction.

Takes the blocks of one image set of photos by one generating network. The plan is a JSON or YAML
file such as

    set: reconstructions
    network: resnet50-untrained
    layers: [conv1, layer1, layer4]    # in the order of their depth
    recipe: {octaves: [{size: 299, iterations: 500, lr: [0.1, 0.005]}], normalised: true}
    photos: {dog: {file: dog.jpg}, chelsea: {shipped: chelsea}}
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from preimage.blocks import check_block, read_image
from preimage.descent.recipe import Recipe
from preimage.errors import UserError
from preimage.measures.depth.reconstructions import Ruler
from preimage.networks.network import load_network
from preimage.photos import open_photo
from preimage.progress import progress
from preimage.status import NOT_FINITE
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.steps.plans import read_plan
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.images import ITEMS, TRACE
from preimage.tables.parquet import read_table, write_table

_OF_ITEMS = ["code", "set", "network", "layer", "item", "seed", "recipe", "size", "iterations"]


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("measure_reconstructions", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what was made, as above")
    add("--network", type=Path, required=True, metavar="NET.safetensors")
    add_pictures(parser)
    add("--traces", type=Path, nargs="+", required=True, metavar="BLOCK.trace.parquet")
    add_machine(parser)
    add("--output", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the table for the blocks that `args` name."""
    plan = read_plan(args.plan, ("set", "network", "layers", "recipe", "photos"))
    recipe = Recipe.read(plan["recipe"], f"{args.plan}, recipe")
    if not len(args.images) == len(args.items) == len(args.traces):
        raise UserError("images, items and traces differ in number: give all three of each block")
    device = machine(args)
    model = load_network(args.network).model
    photos = {name: open_photo(entry) for name, entry in plan["photos"].items()}
    title = f"measure {plan['set']} of {plan['network']}"
    rows: list[dict[str, Any]] = []
    blocks = list(zip(args.images, args.items, args.traces, strict=True))
    for images, items, traces in progress(blocks, title, unit="block"):
        table = read_table(items, ITEMS)
        check_block(images, table)
        ruler = Ruler(model, _layer(table, plan, items), recipe, device)
        steps = _step_sizes(read_table(traces, TRACE), recipe)
        found = ruler(_pictures(table, images, photos))
        rows += [
            {**_about(row, plan, recipe), **steps[row["item"], row["seed"]], **measures}
            for row, measures in zip(table.to_dict("records"), found, strict=True)
        ]
    frame = pd.DataFrame(rows)
    frame.loc[frame.status == NOT_FINITE, _measures()] = float("nan")
    order = {layer: depth for depth, layer in enumerate(plan["layers"])}
    frame = frame.assign(depth=frame.layer.map(order)).sort_values(["depth", "item", "seed"])
    write_table(frame, args.output, RECONSTRUCTIONS, {"device": str(device)})


def _layer(table: pd.DataFrame, plan: Mapping[str, Any], path: Path) -> str:
    (layer, *others) = table.layer.unique()
    if others or layer not in plan["layers"]:
        raise UserError(f"{path} is of {layer}, not of one of {', '.join(plan['layers'])}")
    return layer


def _pictures(
    table: pd.DataFrame, images: Path, photos: Mapping[str, torch.Tensor]
) -> Iterator[tuple[torch.Tensor, torch.Tensor, int]]:
    if missing := {*table.target} - photos.keys():
        raise UserError(f"{images}: the plan has no photo {', '.join(sorted(missing))}")
    for row, item in enumerate(table.itertuples()):
        yield photos[item.target], torch.from_numpy(read_image(images, row)), item.seed


def _about(row: Mapping[str, Any], plan: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    about = {key: row[key] for key in [*_OF_ITEMS, "status"]}
    return about | {"photo": row["target"], "loss_factor": recipe.loss.scale}


def _step_sizes(trace: pd.DataFrame, recipe: Recipe) -> dict[tuple[str, int], dict[str, float]]:
    """Return what the first and the last gradient of each item were multiplied with."""
    rates = [lr for octave in recipe.octaves for lr, _ in octave.schedule()]
    sides = [octave.side for octave in recipe.octaves for _ in range(octave.iterations)]
    found = {}
    for key, steps in trace.groupby(["item", "seed"]):
        ends = {"step_start": steps.iloc[0], "step_end": steps.iloc[-1]}
        found[key] = {
            name: rates[int(at.iteration)]
            / (_mean_square_root(at.gradient, sides[int(at.iteration)]) if recipe.normalised else 1)
            for name, at in ends.items()
        }
    return found


def _mean_square_root(norm: float, side: int) -> float:
    return norm / (3 * side * side) ** 0.5 or float("nan")


def _measures() -> Sequence[str]:
    return [column.name for column in RECONSTRUCTIONS.columns if column.nullable]


if __name__ == "__main__":
    sys.exit(run(main, parser()))
