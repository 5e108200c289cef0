"""Draw the pictures of single features, and beside each where it differs from its start.

The plan is such as

    set: features
    network: inception_v3
    features: ["Mixed_6b[654, 6, 0]", "Mixed_6b[654]"]     # in the order to show them
    look: {tile: 200}

where tile is the side of a picture, and optional.
"""

import argparse
import sys
from pathlib import Path

from preimage.blocks import of, read_pictures, with_pixels
from preimage.figures.areas import LEGEND, pair
from preimage.figures.look import Look
from preimage.figures.pictures import address, circumstances, heading
from preimage.figures.sheet import sheet
from preimage.figures.style import save_picture
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.features import AREAS
from preimage.tables.parquet import read_table

_IN_ROW = 3  # pairs
_KEY = ["set", "network", "layer", "target", "seed", "status"]


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_features", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add_pictures(parser)
    add("--areas", type=Path, required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("set", "network", "features", "look"))
    look = Look.read(plan["look"], f"{args.plan}, look")
    frame = of(read_pictures(args.images, args.items), plan["set"], plan["network"])
    areas = of(read_table(args.areas, AREAS), plan["set"], plan["network"])
    shown = areas.merge(with_pixels(frame)[[*_KEY, "pixels"]], on=_KEY)
    shown = shown.assign(several=shown.seed.nunique() > 1)
    places = {target: place for place, target in enumerate(plan["features"])}
    shown = shown.assign(place=shown.target.map(places)).sort_values(["place", "seed"])
    picture = sheet(
        [pair(row, look.tile) for row in shown.to_dict("records")],
        columns=_IN_ROW,
        side=look.tile,
        heading=heading(frame),
        remark=f"{circumstances(frame)} · {LEGEND}",
    )
    save_picture(picture, args.output, address(frame))


if __name__ == "__main__":
    sys.exit(run(main, parser()))
