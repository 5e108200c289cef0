"""Photos of the user's, and those that scikit-image ships, as arrays. No torch."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from preimage.errors import UserError

SHIPPED = {
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "rocket": "rocket.jpg",
    "astronaut": "astronaut.png",
}
"""Files of scikit-image's by the names that a study knows them by."""


def photo_file(entry: Mapping[str, Any]) -> Path:
    """Return the file of a photo: that of the key `file`, else scikit-image's of `shipped`."""
    if "file" in entry:
        return Path(entry["file"])
    if entry.get("shipped") not in SHIPPED:
        known = ", ".join(SHIPPED)
        raise UserError(f"the photo {dict(entry)} needs a file, or to be shipped: one of {known}")
    package = find_spec("skimage")
    if package is None:
        raise UserError(f"the photo {entry['shipped']} comes with scikit-image: install that")
    return Path(package.submodule_search_locations[0], "data", SHIPPED[entry["shipped"]])


def read_photo(path: str | Path) -> NDArray[np.float32]:
    """Return a photo as RGB [3, H, W] in [0, 1], upright as its EXIF data say.

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
    return pixels.transpose(2, 0, 1).astype(np.float32) / 255
