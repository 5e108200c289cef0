"""Draw pairs of pictures of one network: the class and, by an arrow, its opposite.

Below an opposite stands what the network takes it for, and that logit. A green double arrow marks
a commutative pair: the opposite of the opposite is the class. The plan is such as

    network: resnet18
    class_images: class_images      # the image set of the left pictures, and of the right ones
    opposites: opposites
    style: {columns: 8, most: 64, tile: 200, show: [tench, 11, "055"]}

where style takes the keys of `preimage.figures.look.Look`, all optional.
A pair takes two columns.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import pandas as pd

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
from preimage.figures.sheet import Pair, Tile, sheet
from preimage.figures.style import save_picture
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.images import OPPOSITES
from preimage.tables.parquet import read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_opposites", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add_pictures(parser)
    add("--opposites", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("network", "class_images", "opposites", "style"))
    look = Look.read(plan["style"], f"{args.plan}, style")
    pictures = read_pictures(args.images, args.items)
    own = of(pictures, plan["class_images"], plan["network"])
    frame = with_pixels(choose(of(pictures, plan["opposites"], plan["network"]), look))
    table = of(read_tables(args.opposites, OPPOSITES), plan["opposites"], plan["network"])
    own = with_pixels(own[own.class_a.isin(frame.class_a) & own.seed.isin(frame.seed)])
    remark = (
        f"right the opposite, what {plan['network']} takes it for, and that logit: "
        f"{circumstances(frame)}{_beside(own)}; double arrow: commutative"
    )
    picture = sheet(
        pairs(frame, own, table),
        columns=max(1, look.columns // 2),
        side=look.tile,
        heading=heading(frame),
        remark=remark,
    )
    save_picture(picture, args.output, {**address(frame), "left": _left(own)})


def _beside(own: pd.DataFrame) -> str:
    return "" if own.empty else f" · left the {heading(own)}: {circumstances(own)}"


def _left(own: pd.DataFrame) -> dict[str, Any]:
    return {} if own.empty else address(own)


def pairs(frame: pd.DataFrame, own: pd.DataFrame, table: pd.DataFrame) -> list[Pair]:
    """Return a pair for each row of `frame`, the opposites; `own` are pictures of the classes."""
    own, table = own.set_index(["class_a", "seed"]), table.set_index(["class", "seed"])
    return [_pair(row, own, table.loc[(row.class_a, row.seed)]) for _, row in frame.iterrows()]


def _pair(row: pd.Series, own: pd.DataFrame, said: pd.Series) -> Pair:
    key = (row.class_a, row.seed)
    left = Tile(said["name"], None, status="not made")
    if key in own.index:
        left = Tile(said["name"], own.pixels[key], status=own.status[key])
    if row.pixels is None or pd.isna(said.opposite):
        return Pair(left, Tile("", None, status=said.status))  # the judge's, where that failed
    name = f"{said.opposite_name} (itself)" if said.is_self else said.opposite_name
    right = Tile("", row.pixels, name, f"logit {said.opposite_logit:.1f}")
    return Pair(left, right, both_ways=not pd.isna(said.commutative) and bool(said.commutative))


if __name__ == "__main__":
    sys.exit(run(main, parser()))
