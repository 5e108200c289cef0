"""Draw a contact sheet of feature maps, such as those of one layer.

All of them are there; a map without a gradient, or whose descent failed otherwise, has an empty
frame that says so. The plan is such as

    set: maps
    network: inception_v3
    items: ["Mixed_6b[0]", "Mixed_6b[1]"]
    style: {columns: 8, tile: 200}

where tile is the side of a picture in pixels and columns are how many a row has at least: more
where the sheet would be a tall one. Both are optional.
"""

import argparse
import sys
from collections.abc import Iterator
from math import ceil, sqrt
from pathlib import Path

import pandas as pd

from preimage.errors import UserError
from preimage.figures.look import Look
from preimage.figures.pictures import (
    address,
    circumstances,
    heading,
    of,
    read_pictures,
    with_pixels,
)
from preimage.figures.sheet import Tile, sheet
from preimage.figures.style import save_picture
from preimage.status import OK
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_atlas", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add_pictures(parser)
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("set", "network", "items", "style"))
    look = Look.read(plan["style"], f"{args.plan}, style")
    whole = of(read_pictures(args.images, args.items), plan["set"], plan["network"])
    if missing := [item for item in plan["items"] if item not in whole["item"].to_numpy()]:
        raise UserError(f"{args.plan}: no picture of {missing[0]} is given")
    frame = with_pixels(whole[whole["item"].isin(plan["items"])])
    picture = sheet(
        list(tiles(frame)),
        columns=max(look.columns, ceil(sqrt(len(frame)))),
        side=look.tile,
        heading=heading(frame),
        remark=f"{circumstances(frame)} · {len(frame)} maps{_failed(frame)}",
    )
    save_picture(picture, args.output, address(frame))


def tiles(frame: pd.DataFrame) -> Iterator[Tile]:
    """Yield the picture of each map under its address, or why there is none."""
    several = frame.seed.nunique() > 1
    for row in frame.itertuples():
        title = f"{row.item} · seed {row.seed}" if several else row.item
        yield Tile(title, row.pixels, status="" if row.status == OK else row.status)


def _failed(frame: pd.DataFrame) -> str:
    """Return what became of the maps without a picture, by the reason."""
    counts = frame.status[frame.status != OK].value_counts()
    return "".join(f", {count} {status}" for status, count in counts.items())


if __name__ == "__main__":
    sys.exit(run(main, parser()))
