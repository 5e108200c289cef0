"""One photo and what the layers of some networks hold of it: a row a network and image set."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from preimage.blocks import of, with_pixels
from preimage.errors import UserError
from preimage.figures.pictures import address, circumstances
from preimage.figures.sheet import Tile, sheet
from preimage.figures.stack import stack
from preimage.figures.style import Picture
from preimage.photo_files import photo_pixels
from preimage.plans import Plan

_KEY = ["set", "network", "item", "seed"]


class Row(Plan):
    """The network and image set of a row of a sheet, and its heading."""

    set: str
    network: str
    title: str


class Sheet(Plan):
    """A photo, by `name` and where it is, and the rows of its sheet."""

    photo: dict[str, str]
    rows: list[Row]


def measured_pictures(pictures: pd.DataFrame, reconstructions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `read_pictures` that are reconstructions, with what sheets say of them."""
    return pictures.merge(reconstructions[[*_KEY, "photo", "depth", "psnr"]], on=_KEY)


def photo_sheet(plan: Sheet, pictures: pd.DataFrame, side: int) -> Picture:
    """Return the sheet of a photo from rows of `measured_pictures`; below each stands its PSNR.

    Of several seeds the first is shown, and the photo as networks see it: squashed, if its `fit`
    says nothing else.
    """
    name = plan.photo["name"]
    photo = photo_pixels(plan.photo)
    own = pictures[pictures.photo == name]
    frames = [_shown(own, row, name) for row in plan.rows]
    rows = [
        _row(row.title, name, photo, with_pixels(frame), side)
        for row, frame in zip(plan.rows, frames, strict=True)
    ]
    return Picture(stack(rows), {**address(pd.concat(frames)), "photo": name})


def _shown(pictures: pd.DataFrame, row: Row, photo: str) -> pd.DataFrame:
    """Return the pictures of a row by depth, those of the first seed."""
    if pictures.empty:
        raise UserError(f"no pictures of the photo {photo!r}")
    found = of(pictures, row.set, row.network)
    return found[found.seed == found.seed.iloc[0]].sort_values("depth", kind="stable")


def _row(
    title: str, name: str, photo: NDArray[np.float32], frame: pd.DataFrame, side: int
) -> Image.Image:
    height, width = photo.shape[1:]
    note = "" if height == width else f"squashed, {width} × {height}"
    tiles = [Tile("photo", photo, name, note), *(_tile(row) for _, row in frame.iterrows())]
    made = frame.set.iloc[0].replace("_", " ")
    remark = f"{made} · {circumstances(frame)} · below each the PSNR"
    return sheet(tiles, columns=len(tiles), side=side, heading=title, remark=remark)


def _tile(row: pd.Series) -> Tile:
    label = "" if pd.isna(row.psnr) or row.pixels is None else f"{row.psnr:.1f} dB"
    return Tile(row.layer, row.pixels, label, status=row.status)
