"""Measure what the pictures of feature maps look like, and what their recipe makes of the start.

A picture of another status than ok has a row and no measures. One that no gradient moved so far
that it could be seen is unmoved: of those there is no more than how far that was. The plan is such
as

    set: maps
    network: inception_v3
    code: N1
    layers: [Conv2d_1a_3x3, Conv2d_2a_3x3]     # in the order of their depth
    recipe: {octaves: [...], start: ...}
"""

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from preimage.blocks import of, read_image, read_pictures
from preimage.descent.recipe import Recipe
from preimage.errors import UserError
from preimage.measures.atlas.appearance import appearance
from preimage.measures.atlas.moved import is_unmoved, moved, starts
from preimage.progress import progress
from preimage.status import OK
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.atlas import FEATURE_MAPS, FEATURE_STARTS, MEASURES, MOVED, UNMOVED
from preimage.tables.parquet import write_table

_ADDRESS = re.compile(r"(?P<layer>.+)\[(?:feature=)?(?P<map>\d+)\]")
_OF_ITEMS = ["code", "set", "network", "layer", "item", "seed", "size"]
_MEASURED = ["status", MOVED.name, *(column.name for column in MEASURES)]

Picture = NDArray[np.float32]


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("measure_atlas", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what was made, as above")
    add_pictures(parser)
    add("--maps", type=Path, required=True, metavar="OUT.parquet")
    add("--starts", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the measures of the run that the plan in `args` names."""
    plan = read_plan(args.plan, ("set", "network", "code", "layers", "recipe"))
    recipe = Recipe.read(plan["recipe"], f"{args.plan}, recipe")
    pictures = of(read_pictures(args.images, args.items), plan["set"], plan["network"])
    maps = pictures[_OF_ITEMS].assign(
        map=[_number(item, args.plan) for item in pictures["item"]],
        depth=[_depth(layer, plan, args.plan) for layer in pictures.layer],
    )
    title = f"measure {plan['set']} of {plan['network']}"
    before = starts(recipe, pictures)
    rows = progress(pictures.to_dict("records"), title, unit="picture")
    found = [_measures(row, before.get(row["seed"])) for row in rows]
    maps = maps.join(pd.DataFrame(found, index=maps.index, columns=_MEASURED))
    ordered = maps.sort_values(["depth", "map", "seed"], kind="stable")
    write_table(ordered, args.maps, FEATURE_MAPS)
    of_starts = pd.DataFrame(_starts(plan, before), columns=FEATURE_STARTS.names)
    write_table(of_starts, args.starts, FEATURE_STARTS)


def _number(item: str, where: Path) -> int:
    if not (found := _ADDRESS.fullmatch(item)):
        raise UserError(f"{where}: {item!r} is the picture of no map, such as layer3[5]")
    return int(found["map"])


def _depth(layer: str, plan: Mapping[str, Any], where: Path) -> int:
    if layer not in plan["layers"]:
        raise UserError(f"{where}: the pictures are of {layer}, which is none of its layers")
    return plan["layers"].index(layer)


def _measures(row: Mapping[str, Any], start: Picture | None) -> dict[str, object]:
    """Return status, what the picture of a row looks like, and how far it is from its start."""
    if row["status"] != OK:
        return {"status": row["status"]}
    picture = read_image(row["file"], row["row"])
    far = moved(picture, start)
    if is_unmoved(far):
        return {"status": UNMOVED, "moved": far}
    return {"status": OK, "moved": far} | appearance(picture)


def _starts(plan: Mapping[str, Any], before: Mapping[int, Picture]) -> list[dict[str, object]]:
    """Return the row of the first seed's start, or none where that is a photo."""
    about = {key: plan[key] for key in ("code", "set", "network")}
    return [
        about | {"seed": seed, "size": image.shape[-1]} | appearance(image)
        for seed, image in list(before.items())[:1]
    ]


if __name__ == "__main__":
    sys.exit(run(main, parser()))
