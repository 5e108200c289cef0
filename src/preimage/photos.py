"""Photos of the user's as tensors."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from preimage.errors import UserError


def load_photo(path: str | Path) -> Tensor:
    """Return a photo as RGB [3, H, W] float32 in [0, 1], upright as its EXIF data say.

    It keeps its own size and sides: a descent squashes it to the square it needs, as the pages do.
    Raises UserError for what is no readable picture, and for one of more than 8 bits a channel,
    which Pillow would cut off instead of scaling.
    """
    try:
        with Image.open(path) as image:
            if image.mode[0] in "IF":
                raise UserError(
                    f"{path} is a picture of mode {image.mode}: save it as RGB of 8 bits a channel"
                )
            pixels = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"{path} is no readable photo: {error}") from error
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1).float() / 255
