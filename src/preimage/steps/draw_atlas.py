"""Draw a contact sheet of feature maps, such as those of one layer.

A map without a gradient, or whose descent failed otherwise, has an empty frame that says so. The
plan is such as

    set: maps
    network: inception_v3
    items: ["Mixed_6b[0]", "Mixed_6b[1]"]
    style: {columns: 8, most: 64, tile: 200}

where style takes the keys of `preimage.figures.look.Look`, all optional.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from preimage.errors import UserError
from preimage.figures.look import Look
from preimage.figures.pictures import (
    address,
    choose,
    circumstances,
    heading,
    of,
    read_pictures,
    with_pixels,
)
from preimage.figures.sheet import Tile, sheet
from preimage.figures.style import save_picture
from preimage.status import OK
from preimage.steps.cli import run
from preimage.steps.plans import read_plan


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m preimage.steps.draw_atlas",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add("--images", type=Path, nargs="+", required=True, metavar="BLOCK.safetensors")
    add("--items", type=Path, nargs="+", required=True, metavar="BLOCK.items.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("set", "network", "items", "style"))
    look = Look.read(plan["style"], f"{args.plan}, style")
    whole = of(read_pictures(args.images, args.items), plan["set"], plan["network"])
    if missing := [item for item in plan["items"] if item not in whole["item"].to_numpy()]:
        raise UserError(f"{args.plan}: no picture of {missing[0]} is given")
    whole = whole[whole["item"].isin(plan["items"])]
    frame = with_pixels(choose(whole, look))
    picture = sheet(
        list(tiles(frame)),
        columns=look.columns,
        side=look.tile,
        heading=heading(frame),
        remark=f"{circumstances(frame)} · {len(frame)} of {len(whole)} pictures{_failed(whole)}",
    )
    save_picture(picture, args.output, address(frame))


def tiles(frame: pd.DataFrame) -> Iterator[Tile]:
    """Yield the picture of each map under its address, or why there is none."""
    several = frame.seed.nunique() > 1
    for row in frame.itertuples():
        title = f"{row.item} · seed {row.seed}" if several else row.item
        yield Tile(title, row.pixels, status="" if row.status == OK else row.status)


def _failed(whole: pd.DataFrame) -> str:
    """Return what became of the maps without a picture, by the reason."""
    counts = whole.status[whole.status != OK].value_counts()
    return "".join(f", {count} {status}" for status, count in counts.items())


if __name__ == "__main__":
    sys.exit(run(main, parser()))
