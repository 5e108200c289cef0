"""The pictures of a study as a browser gets them: one sprite sheet a block.

A sheet is called by what it shows: by the digest of its block's pictures, and by how it is drawn.
So one that is there is right, and only what changed is drawn again.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from preimage.blocks import read_image
from preimage.files import write_atomically
from preimage.progress import progress
from preimage.steps.engine import sha256
from preimage.tables.parquet import read_metadata

MOST = 320  # pixels: the side that larger pictures are reduced to
_QUALITY = 85
_DRAWN = f"v1 {MOST} {_QUALITY}"  # how sheets are drawn, of which their names tell


@dataclass(frozen=True)
class Sprite:
    """A sheet of square tiles, row by row.

    file: from the folder of the atlas. side: of a tile in pixels. columns: tiles in a row.
    """

    file: str
    side: int
    columns: int


def sprites(pictures: pd.DataFrame, folder: Path) -> Iterator[tuple[Sprite, pd.DataFrame]]:
    """Draw the sheet of each block, where it is not there; yield it with the block's rows.

    pictures: rows of `preimage.blocks.read_pictures`. folder: that of the atlas; sheets of pictures
    that the study has no longer are deleted at the end.
    """
    kept = set()
    blocks = [*pictures.groupby("file", sort=False)]
    for file, rows in progress(blocks, "sheets of pictures", "block"):
        sprite = _sprite(Path(file), rows)
        path = folder / sprite.file
        if not path.is_file():
            _draw(rows, sprite, path)
        kept.add(path)
        yield sprite, rows
    for path in (folder / "pictures").rglob("*.webp"):
        if path not in kept:
            path.unlink()


def _sprite(file: Path, rows: pd.DataFrame) -> Sprite:
    told = hashlib.sha256(f"{_digest(file)} {_DRAWN}".encode()).hexdigest()[:16]
    image_set, network = rows.set.iloc[0], rows.network.iloc[0]
    name = f"pictures/{image_set}/{network}/{file.stem}.{told}.webp"
    side = min(MOST, int(rows["size"].max()))
    return Sprite(name, side, math.ceil(math.sqrt(len(rows))))


def _digest(file: Path) -> str:
    """Return the digest of a block's pictures, which the item table beside them carries."""
    about = read_metadata(file.with_suffix(".items.parquet"))
    return about.get(f"sha256 of {file.name}") or sha256(file)


def _draw(rows: pd.DataFrame, sprite: Sprite, path: Path) -> None:
    lines = math.ceil(len(rows) / sprite.columns)
    sheet = Image.new("RGB", (sprite.columns * sprite.side, lines * sprite.side), "#c8c8c8")
    for place, (file, row) in enumerate(zip(rows.file, rows.row, strict=True)):
        down, across = divmod(place, sprite.columns)
        tile = _tile(read_image(file, row), sprite.side)
        if tile is not None:
            sheet.paste(tile, (across * sprite.side, down * sprite.side))
    with write_atomically(path) as beside:
        sheet.save(beside, "WEBP", quality=_QUALITY, method=4)


def _tile(pixels: NDArray[np.float32], side: int) -> Image.Image | None:
    """Return a picture in 8 bits, clipped; None where it is not finite."""
    if not np.isfinite(pixels).all():
        return None
    image = Image.fromarray((pixels.clip(0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0))
    if image.width == side:
        return image
    return image.resize((side, side), Image.Resampling.LANCZOS)
