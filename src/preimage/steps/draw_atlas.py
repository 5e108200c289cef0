"""Draw a contact sheet of feature maps, such as those of one layer.

All of them are there; a map without a gradient, whose descent failed otherwise, or whose picture
is still its start, has an empty frame that says so. The plan is such as

    set: maps
    network: inception_v3
    items: ["Mixed_6b[0]", "Mixed_6b[1]"]
    style: {columns: 8, tile: 200}

where tile is the side of a picture in pixels and columns are how many a row has at least: more
where the sheet would be a tall one. Both are optional.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from math import ceil, sqrt
from pathlib import Path

import pandas as pd

from preimage.blocks import of, read_image, read_pictures
from preimage.errors import UserError
from preimage.figures.look import Look
from preimage.figures.pictures import address, circumstances, heading
from preimage.figures.sheet import Tile, sheet, to_image
from preimage.figures.style import save_picture
from preimage.status import OK
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.atlas import FEATURE_MAPS
from preimage.tables.parquet import read_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_atlas", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add_pictures(parser)
    add("--maps", type=Path, required=True, help="what measure_atlas found of them")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("set", "network", "items", "style"))
    look = Look.read(plan["style"], f"{args.plan}, style")
    made = plan["set"], plan["network"]
    measured = of(read_table(args.maps, FEATURE_MAPS), *made)
    whole = of(read_pictures(args.images, args.items), *made)
    frame = _measured(_ordered(whole, plan["items"], args.plan), measured, args.maps)
    picture = sheet(
        list(tiles(frame, look.tile)),
        columns=max(look.columns, ceil(sqrt(len(frame)))),
        side=look.tile,
        heading=heading(frame),
        remark=f"{circumstances(frame)} · {len(frame)} maps{_failed(frame)}",
    )
    save_picture(picture, args.output, address(frame))


def _ordered(frame: pd.DataFrame, items: Sequence[str], where: Path) -> pd.DataFrame:
    """Return the rows of items in their order, seeds side by side, whatever blocks they are of."""
    places = {item: place for place, item in enumerate(items)}
    if missing := places.keys() - set(frame["item"]):
        raise UserError(f"{where}: no picture of {min(missing, key=places.get)} is given")
    shown = frame.assign(place=frame["item"].map(places)).dropna(subset="place")
    return shown.sort_values(["place", "seed"])


def _measured(frame: pd.DataFrame, measured: pd.DataFrame, where: Path) -> pd.DataFrame:
    """Return the rows with the status that the measures give them, which know what is unmoved."""
    statuses = measured[["item", "seed", "status"]]
    found = frame.drop(columns="status").merge(statuses, "left", validate="one_to_one")
    if unknown := list(found["item"][found.status.isna()]):
        raise UserError(f"{where}: no measures of {unknown[0]} are given")
    return found


def tiles(frame: pd.DataFrame, side: int) -> Iterator[Tile]:
    """Yield the picture of each map under its address, or why there is none.

    Each has `side` pixels as soon as it is read: all those of a layer may be gigabytes.
    """
    several = frame.seed.nunique() > 1
    for row in frame.itertuples():
        title = f"{row.item} · seed {row.seed}" if several else row.item
        if row.status == OK:
            yield Tile(title, to_image(read_image(row.file, row.row), side))
        else:
            yield Tile(title, None, status=row.status)


def _failed(frame: pd.DataFrame) -> str:
    """Return what became of the maps without a picture, by the reason."""
    counts = frame.status[frame.status != OK].value_counts()
    return "".join(f", {count} {status}" for status, count in counts.items())


if __name__ == "__main__":
    sys.exit(run(main, parser()))
