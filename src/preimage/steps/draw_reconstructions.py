"""Draw one photo and what the layers of some networks hold of it: a row a network and image set.

Below each reconstruction stands its PSNR. The plan is such as

    photo: {name: chelsea, shipped: chelsea}      # or a file: and sha256:
    rows:
      - {set: reconstructions, network: resnet50, title: "resnet50, trained, with blur"}
      - {set: reconstructions_raw, network: resnet50, title: "resnet50, trained, without blur"}
    tile: 200                                     # side of a picture in pixels

Where a photo has several seeds, the first of them is shown.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from preimage.blocks import of, read_pictures, with_pixels
from preimage.errors import UserError
from preimage.figures.pictures import address, circumstances
from preimage.figures.sheet import Tile, sheet
from preimage.figures.stack import stack
from preimage.figures.style import save_picture
from preimage.photo_files import photo_file, read_photo
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.parquet import read_tables

_KEY = ["set", "network", "item", "seed"]


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_reconstructions", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add_pictures(parser)
    add("--reconstructions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("photo", "rows", "tile"))
    name = plan["photo"]["name"]
    photo = read_photo(photo_file(plan["photo"]))
    measured = read_tables(args.reconstructions, RECONSTRUCTIONS)
    places = measured[[*_KEY, "photo", "depth", "psnr"]]
    pictures = read_pictures(args.images, args.items).merge(places, on=_KEY)
    pictures = pictures[pictures.photo == name]
    frames = [_shown(pictures, row, name) for row in plan["rows"]]
    rows = [
        _row(row["title"], name, photo, with_pixels(frame), plan["tile"])
        for row, frame in zip(plan["rows"], frames, strict=True)
    ]
    save_picture(stack(rows), args.output, {**address(pd.concat(frames)), "photo": name})


def _shown(pictures: pd.DataFrame, row: Mapping[str, Any], photo: str) -> pd.DataFrame:
    """Return the pictures of a row of the plan by depth, those of the first seed."""
    if pictures.empty:
        raise UserError(f"no pictures of the photo {photo!r}")
    found = of(pictures, row["set"], row["network"])
    return found[found.seed == found.seed.iloc[0]].sort_values("depth", kind="stable")


def _row(
    title: str, name: str, photo: NDArray[np.float32], frame: pd.DataFrame, side: int
) -> Image.Image:
    tiles = [Tile("photo", photo, name), *(_tile(row) for _, row in frame.iterrows())]
    remark = f"{circumstances(frame)} · below each the PSNR"
    return sheet(tiles, columns=len(tiles), side=side, heading=title, remark=remark)


def _tile(row: pd.Series) -> Tile:
    label = "" if pd.isna(row.psnr) or row.pixels is None else f"{row.psnr:.1f} dB"
    return Tile(row.layer, row.pixels, label, status=row.status)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
