"""Draw a sheet of the pictures of one image set by one network.

Above each picture stands what was asked for, below it what the network that made it says: its
first class, marked where it was asked for, and its probability. The plan is such as

    set: class_images
    network: resnet18
    style: {columns: 8, most: 64, tile: 200, show: [tench, 11, "055"]}

where style takes the keys of `preimage.figures.look.Look`, all optional.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from preimage.blocks import of, read_pictures, with_pixels
from preimage.figures.look import Look
from preimage.figures.pictures import (
    KEY,
    address,
    choose,
    circumstances,
    heading,
    own_words,
    wanted,
)
from preimage.figures.sheet import Tile, sheet
from preimage.figures.style import save_picture
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.images import PREDICTIONS
from preimage.tables.parquet import read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_grid", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add_pictures(parser)
    add("--predictions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("set", "network", "style"))
    look = Look.read(plan["style"], f"{args.plan}, style")
    whole = of(read_pictures(args.images, args.items), plan["set"], plan["network"])
    frame = with_pixels(choose(whole, look))
    said = of(read_tables(args.predictions, PREDICTIONS), plan["set"], plan["network"])
    remark = (
        f"{circumstances(frame)} · {len(frame)} of {len(whole)} pictures, below each the first "
        f"class of {plan['network']} and its probability; bold green: a class asked for"
    )
    picture = sheet(
        tiles(frame, own_words(said)),
        columns=look.columns,
        side=look.tile,
        heading=heading(frame),
        remark=remark,
    )
    save_picture(picture, args.output, address(frame))


def tiles(frame: pd.DataFrame, said: pd.DataFrame) -> list[Tile]:
    """Return a tile for each row of `frame`, labelled by what `said` knows of it."""
    several = frame.seed.nunique() > 1
    return [_tile(row, said, several) for _, row in frame.iterrows()]


def _tile(row: pd.Series, said: pd.DataFrame, several: bool) -> Tile:
    asked = row.target.replace("-", "−", 1) if row.target.startswith("-") else row.target
    title = f"{asked} · seed {row.seed}" if several else asked
    key = tuple(row[KEY])
    if row.pixels is None:
        return Tile(title, None, status=row.status)
    if key not in said.index or pd.isna(said.top1[key]):
        return Tile(title, row.pixels, note="not judged")
    words = said.loc[key]
    hit = int(words.top1) in wanted(row)
    return Tile(title, row.pixels, words.top1_name, f"{words.top1_probability:.2f}", hit)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
