"""The pictures of a block, as `generate_images` writes them beside their item table. No torch."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import safetensors
from numpy.typing import NDArray

from preimage.errors import UserError
from preimage.status import OK
from preimage.tables.images import ITEMS
from preimage.tables.parquet import read_table


def read_pictures(images: Sequence[Path], item_tables: Sequence[Path]) -> pd.DataFrame:
    """Return the rows of the item tables; `file` and `row` say where each picture is.

    These are the two files of each block, in the same order. Raises UserError for files that do
    not belong together.
    """
    if len(images) != len(item_tables):
        raise UserError(
            f"{len(images)} files of images, {len(item_tables)} of items: give both of each block"
        )
    if not images:
        return pd.DataFrame(columns=[*ITEMS.names, "file", "row"])
    return pd.concat(map(_block, images, item_tables), ignore_index=True)


def _block(images: Path, items: Path) -> pd.DataFrame:
    table = read_table(items, ITEMS)
    check_block(images, table)
    return table.assign(file=images, row=range(len(table)))


def check_block(images: Path, items: pd.DataFrame) -> None:
    """Raise UserError unless the file `images` says that it has the pictures of `items` (rows
    ITEMS), in their order. No picture is read.
    """
    try:
        with safetensors.safe_open(images, framework="numpy") as file:
            addresses = json.loads((file.metadata() or {})["address"])
            count = file.get_slice("images").get_shape()[0]
    except (OSError, KeyError, ValueError, safetensors.SafetensorError) as error:
        raise UserError(f"{images} is no file of images of this study: {error}") from error
    found = [(address["objective"], address["seed"]) for address in addresses]
    wanted = list(zip(items["objective"], items["seed"].tolist(), strict=True))
    if found != wanted or count != len(wanted):
        raise UserError(f"{images} holds other pictures than its item table lists")


def read_image(images: Path, row: int) -> NDArray[np.float32]:
    """Return picture number `row` of a file that `check_block` passed: RGB [3, S, S], not clipped.

    The others are not read: those of a whole image set can be many gigabytes.
    """
    with safetensors.safe_open(images, framework="numpy") as file:
        return file.get_slice("images")[row]


def with_pixels(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `read_pictures` with their pictures in a column `pixels` ([3, S, S]).

    A degenerate item has no pixels but None.
    """
    place = zip(frame.file, frame.row, frame.status, strict=True)
    pixels = [read_image(file, row) if status == OK else None for file, row, status in place]
    return frame.assign(pixels=pd.Series(pixels, dtype=object, index=frame.index))


def of(frame: pd.DataFrame, image_set: str, network: str) -> pd.DataFrame:
    """Return the rows of one set by one network. Raises UserError where there is none."""
    found = frame[(frame.set == image_set) & (frame.network == network)]
    if found.empty:
        raise UserError(f"no pictures of the set {image_set!r} by the network {network!r}")
    return found


def of_runs(frame: pd.DataFrame, runs: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Return the rows of these image sets and networks."""
    wanted, there = {*runs}, zip(frame["set"], frame.network, strict=True)
    return frame[np.array([run in wanted for run in there], dtype=bool)]


def frame_of(item: str, number: int) -> str:
    """Return what a frame of an item's animation is called."""
    return f"{item}.{number:03d}"
