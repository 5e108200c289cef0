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

from preimage.blocks import of, read_pictures, with_pixels
from preimage.figures.look import Look
from preimage.figures.pictures import address, choose, circumstances, heading, own_words
from preimage.figures.sheet import sheet
from preimage.figures.style import save_picture
from preimage.figures.tiles import tiles
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


if __name__ == "__main__":
    sys.exit(run(main, parser()))
