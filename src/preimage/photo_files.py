"""Photos of the user's, and those that scikit-image ships, as arrays. No torch."""

import hashlib
import io
import logging
import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from preimage.errors import UserError

log = logging.getLogger(__name__)

SHIPPED = {
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "rocket": "rocket.jpg",
    "astronaut": "astronaut.png",
}
"""Files of scikit-image's by the names that a study knows them by."""
FITS = ("squash", "crop", "pad")
"""How a photo becomes square: squashed, its middle cut out, or white added to its shorter sides."""
HALVES = {"left": (0, 0, 1, 2), "right": (1, 0, 2, 2), "upper": (0, 0, 2, 1), "lower": (0, 1, 2, 2)}
"""Parts of a photo that may stand for it: left, top, right and bottom, in halves of its sides."""
OTHER_HALF = {"left": "right", "right": "left", "upper": "lower", "lower": "upper"}
MOST_PIXELS = 64_000_000
"""Of a photo: as numbers that is most of a gigabyte, and networks see some hundreds a side."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # by EXIF's orientation
# What Pillow raises for bytes that it cannot make sense of.
_DAMAGE = (OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, struct.error)


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


def photo_pixels(entry: Mapping[str, Any]) -> NDArray[np.float32]:
    """Return the photo [3, H, W] of a plan's entry, as `read_photo` does with its `fit` and `part`.

    Raises UserError for a file that has changed since the plan, whose `sha256` it had, was made.
    """
    fit, part = shape(entry)
    return read_photo(photo_file(entry), fit, entry.get("sha256"), part)


def shape(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Return how the photo of a plan's entry becomes square, and which half of it is taken."""
    return entry.get("fit", "squash"), entry.get("part", "")


def read_photo(
    path: str | Path, fit: str = "squash", sha256: str | None = None, part: str = ""
) -> NDArray[np.float32]:
    """Return a photo as RGB [3, H, W] in [0, 1], `decoded`, and fitted as one of FITS says.

    part: one of HALVES, which is all that is taken of it. One that is to be squashed keeps its
    sides: how long they become is for others to say.
    """
    image = decoded(path, sha256)
    if part:
        image = image.crop(_half(part, *image.size))
    pixels = np.asarray(_fitted(image, fit))
    return pixels.transpose(2, 0, 1).astype(np.float32) / 255


def decoded(path: str | Path, sha256: str | None = None) -> Image.Image:
    """Return a photo as RGB, upright as its EXIF data say.

    What is transparent lies on white, and colours of another profile become sRGB's.

    Raises UserError for what is no readable picture, for one of more than MOST_PIXELS, for one of
    more than 8 bits a channel, which Pillow would cut off instead of scaling, and for a file of
    another SHA-256, if that is given.
    """
    damaged = warnings.catch_warnings(action="ignore")
    with damaged, _file(path, sha256) as file, _opened(file, path) as image:
        if image.mode[0] in "IF":
            raise UserError(
                f"{path} is a picture of mode {image.mode}: save it as RGB of 8 bits a channel"
            )
        try:
            image.load()
            return _upright(_on_white(image, path), image)
        except _DAMAGE as error:
            raise _unreadable(path, error) from error


@contextmanager
def _file(path: str | Path, sha256: str | None) -> Iterator[BinaryIO]:
    """Open a file; if its SHA-256 is given, it must be that one."""
    try:
        file = Path(path).open("rb")  # noqa: SIM115  closed below
    except OSError as error:
        raise _unreadable(path, error) from error
    with file:
        found = sha256 and hashlib.file_digest(file, "sha256").hexdigest()
        if found != sha256:
            raise UserError(
                f"{path} has changed since the plan was made: its SHA-256 is {found}, and was "
                f"{sha256}. Run snakemake again, or bring the file back"
            )
        file.seek(0)
        yield file


def _opened(file: BinaryIO, path: str | Path) -> Image.Image:
    """Return a picture that is not decoded yet."""
    try:
        image = Image.open(file)
    except Image.DecompressionBombError as error:
        raise UserError(f"{path} is too large: {_AT_MOST}") from error
    except _DAMAGE as error:
        raise _unreadable(path, error) from error
    width, height = image.size
    if width * height > MOST_PIXELS:
        image.close()
        raise UserError(f"{path} is too large, {width} x {height} pixels: {_AT_MOST}")
    return image


_AT_MOST = f"a photo may have up to {MOST_PIXELS // 10**6} million: save a smaller one"


def _unreadable(path: str | Path, error: Exception) -> UserError:
    return UserError(f"{path} is no readable photo: {error}")


def _on_white(image: Image.Image, path: str | Path) -> Image.Image:
    """Return a picture as RGB: its colours in sRGB, and white where it lets something through."""
    colours = _srgb(image, path)
    if not image.has_transparency_data:
        return colours
    white = Image.new("RGB", image.size, "white")
    white.paste(colours, mask=image.convert("RGBA").getchannel("A"))
    return white


def _srgb(image: Image.Image, path: str | Path) -> Image.Image:
    """Return the colours of a picture by its ICC profile, if it has one that can be read."""
    plain = image.convert({"L": "L", "LA": "L", "1": "L", "CMYK": "CMYK"}.get(image.mode, "RGB"))
    if profile := image.info.get("icc_profile"):
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if own.profile.xcolor_space.strip() == "RGB":
                plain = plain.convert("RGB")
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(plain, own, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, *_DAMAGE) as error:
            log.warning(
                "%s: its colours are taken for sRGB's, for its profile is none: %s", path, error
            )
    return plain.convert("RGB")


def _upright(colours: Image.Image, image: Image.Image) -> Image.Image:
    """Turn colours as the EXIF data of a picture say; damaged ones say nothing."""
    turn = None
    with suppress(*_DAMAGE):
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    return colours if turn is None else colours.transpose(turn)


def _half(part: str, width: int, height: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = HALVES[part]
    return left * width // 2, top * height // 2, right * width // 2, bottom * height // 2


def _fitted(image: Image.Image, fit: str) -> Image.Image:
    width, height = image.size
    if fit == "squash" or width == height:
        return image
    side = min(width, height) if fit == "crop" else max(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    if fit == "crop":
        return image.crop((left, top, left + side, top + side))
    white = Image.new("RGB", (side, side), "white")
    white.paste(image, (-left, -top))
    return white
