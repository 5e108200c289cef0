"""The pictures of a block, as `generate_images` writes them beside their item table. No torch."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import safetensors
from numpy.typing import NDArray

from preimage.errors import UserError


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


def frame_of(item: str, number: int) -> str:
    """Return what a frame of an item's animation is called."""
    return f"{item}.{number:03d}"
