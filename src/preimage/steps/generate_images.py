"""Descend on inputs for one block of items; write images, item table and traces.

The plan is a JSON or YAML file such as

    set: class_images            # what the pictures belong to, and the code of the experiment
    code: A3
    network: resnet18            # name of the generating network
    recipe: {name: quick, octaves: [{size: 64, iterations: 100, lr: 1.0, sigma: [1.0, 0.4]}]}
    items:
      - {item: "007", target: tench, layer: logits, objective: "resnet18:logits[7]", classes: [7],
         seed: 999}

where an objective may address any network that is given with --networks, by the name of its file.
Photos that the recipe starts from, or that are matched, are in the plan too: photos: {dalmatian:
{file: dalmatian.jpg}}; so are pictures of other blocks: pictures: {NAME: {file: BLOCK.safetensors,
place: 3}}. With frames: 100 each item gives that many pictures, evenly spread over its descent, the
last of them its result, all at the last octave's size.
"""

import argparse
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import safetensors
import torch
from safetensors.torch import save_file
from torch import nn

from preimage.blocks import frame_of
from preimage.descent.descend import Preimage, Step, descend
from preimage.descent.frames import Frames
from preimage.descent.objective import Objective
from preimage.descent.recipe import Recipe
from preimage.descent.value import kind
from preimage.descent.verdict import hint
from preimage.errors import UserError
from preimage.files import write_atomically
from preimage.networks.network import load_network
from preimage.photos import open_photo
from preimage.progress import progress
from preimage.steps.cli import run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.steps.plans import read_plan
from preimage.tables.images import ITEMS, TRACE
from preimage.tables.parquet import write_table

log = logging.getLogger(__name__)

KEYS = ("set", "code", "network", "recipe", "items")  # of the plan
KEYS_OF_ITEM = ("item", "target", "layer", "objective", "seed")
TRACE_POINTS = 200  # about as many iterations of each item are kept in the trace


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("generate_images", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to make, as above")
    add("--networks", type=Path, nargs="+", required=True, metavar="NET.safetensors")
    add_machine(parser, batch=True)
    add("--images", type=Path, required=True, metavar="OUT.safetensors")
    add("--items", type=Path, required=True, metavar="OUT.parquet")
    add("--trace", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the three files of the block that the plan in `args` describes."""
    plan = read_plan(args.plan, KEYS, optional=["photos", "pictures", "frames"])
    _check_items(plan["items"], args.plan)
    recipe = Recipe.read(plan["recipe"], f"{args.plan}, recipe")
    device = machine(args)
    networks = {network.name: network.model for network in map(load_network, args.networks)}
    if len(networks) < len(args.networks):
        raise UserError("two of the networks have the same name: each is named by its file")
    frames = Frames(plan["frames"], recipe) if "frames" in plan else None
    found = _descend(plan, recipe, networks, batch=args.batch, device=device, frames=frames)
    rows = [_row(plan, recipe, item, p) for item, p in zip(plan["items"], found, strict=True)]
    for row, preimage in zip(rows, found, strict=True):
        _report(row, preimage, networks)
    about = {"device": str(device), "plan": json.dumps(plan)}
    write_table(pd.concat(map(_trace, rows, found)), args.trace, TRACE, about)
    images = [preimage.image for preimage in found]
    if frames:
        images = [image for i in range(len(found)) for image in frames.of(i)]
        pairs = zip(rows, found, strict=True)
        rows = [frame for row, preimage in pairs for frame in _frames(row, preimage, frames)]
    del found, frames  # which would keep the pictures that are let go below
    _save_images(args.images, images, rows)
    write_table(pd.DataFrame(rows), args.items, ITEMS, about)


def _check_items(items: object, path: Path) -> None:
    if not isinstance(items, list) or not items:
        raise UserError(f"{path}: items are {items!r}, give a list of one or more")
    for i, item in enumerate(items):
        if missing := [key for key in KEYS_OF_ITEM if key not in item]:
            raise UserError(f"{path}: items[{i}]: {', '.join(missing)} missing")


def _descend(
    plan: Mapping[str, Any],
    recipe: Recipe,
    networks: Mapping[str, nn.Module],
    *,
    batch: int,
    device: torch.device,
    frames: Frames | None,
) -> list[Preimage]:
    pictures = {name: open_photo(photo) for name, photo in plan.get("photos", {}).items()}
    pictures |= {name: _picture(**place) for name, place in plan.get("pictures", {}).items()}
    objectives = [Objective.parse(item["objective"]) for item in plan["items"]]
    title = f"{plan['set']} of {plan['network']}"
    found: dict[int, Preimage] = {}
    with progress(len(objectives) * recipe.iterations, title, unit="image-step") as bar:
        for group in _alike(objectives):

            def tell(step: Step, group: Sequence[int] = group) -> None:
                bar.update(len(step.items))
                if frames:
                    frames(replace(step, items=[group[i] for i in step.items]))

            preimages = descend(
                [objectives[i] for i in group],
                recipe,
                networks,
                seeds=[plan["items"][i]["seed"] for i in group],
                pictures=pictures,
                batch=min(batch, len(group)),
                device=device,
                callback=tell,
            )
            found.update(zip(group, preimages, strict=True))
    return [found[i] for i in range(len(objectives))]


def _picture(file: str, place: int) -> torch.Tensor:
    """Return one picture [3, S, S] of another block."""
    with safetensors.safe_open(file, framework="pt") as block:
        return block.get_slice("images")[place]


def _alike(objectives: Sequence[Objective]) -> list[list[int]]:
    """Return the numbers of the objectives that can be descended on together, group by group.

    A batch that is not full costs as much as a full one, for it is filled up with copies: so one
    of few objectives is a batch of their number.
    """
    groups: dict[object, list[int]] = {}
    for i, objective in enumerate(objectives):
        groups.setdefault(kind(objective), []).append(i)
    return list(groups.values())


def _row(
    plan: Mapping[str, Any], recipe: Recipe, item: Mapping[str, Any], preimage: Preimage
) -> dict[str, Any]:
    classes = [*item.get("classes", []), None, None]
    return {
        "code": plan["code"],
        "set": plan["set"],
        "network": plan["network"],
        "layer": item["layer"],
        "item": item["item"],
        "target": item["target"],
        "class_a": classes[0],
        "class_b": classes[1],
        "frame": item.get("frame"),
        "objective": str(preimage.objective),
        "recipe": plan["recipe"].get("name", ""),
        "recipe_digest": recipe.digest,
        "precision": recipe.precision,
        "seed": preimage.seed,
        "size": preimage.image.shape[-1],
        "iterations": recipe.iterations,
        "loss_start": preimage.loss[0].item(),
        "loss_end": preimage.loss[-1].item(),
        "gradient_end": preimage.gradient[-1].item(),
        "status": preimage.status,
        "seconds": preimage.seconds,
    }


def _frames(row: Mapping[str, Any], preimage: Preimage, frames: Frames) -> list[dict[str, Any]]:
    """Return a row for each picture of a descent: what was true of it then."""
    return [
        {
            **row,
            "item": frame_of(row["item"], number),
            "frame": number,
            "iterations": done,
            "loss_end": preimage.loss[done - 1].item(),
            "gradient_end": preimage.gradient[done - 1].item(),
            "seconds": row["seconds"] / len(frames.steps),
        }
        for number, done in enumerate(frames.steps)
    ]


def _report(row: Mapping[str, Any], preimage: Preimage, networks: Mapping[str, nn.Module]) -> None:
    if preimage.status != "ok":
        advice = hint(preimage.status, preimage.objective, networks)
        log.warning("%s, seed %s: %s. %s", row["objective"], row["seed"], row["status"], advice)


def _trace(row: Mapping[str, Any], preimage: Preimage) -> pd.DataFrame:
    kept = _kept(len(preimage.loss))
    return pd.DataFrame(
        {
            **{key: row[key] for key in ("set", "network", "item", "seed")},
            "iteration": kept,
            "loss": preimage.loss[kept].numpy(),
            "gradient": preimage.gradient[kept].numpy(),
            "m_g": preimage.m_g[kept].numpy(),
            "m_i": preimage.m_i[kept].numpy(),
        }
    )


def _kept(iterations: int) -> list[int]:
    """Return the iterations to keep: evenly spread, and denser where descents begin."""
    last = iterations - 1
    even = np.linspace(0, last, TRACE_POINTS)
    early = np.geomspace(1, max(1, last), TRACE_POINTS // 4)
    return np.unique(np.concatenate([even, early]).round().astype(int).clip(0, last)).tolist()


def _save_images(path: Path, images: list[torch.Tensor], rows: Sequence[Mapping[str, Any]]) -> None:
    """Save the pictures, and empty their list: a block of them can be half a gigabyte."""
    keys = ("network", "layer", "objective", "target", "recipe", "recipe_digest", "seed")
    address = json.dumps([{key: row[key] for key in keys} for row in rows])
    stacked = torch.stack(images).float()
    images.clear()
    with write_atomically(path) as beside:
        save_file({"images": stacked}, beside, {"address": address})


if __name__ == "__main__":
    sys.exit(run(main, parser()))
