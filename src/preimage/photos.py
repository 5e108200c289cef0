"""Photos and other pictures as tensors."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from preimage.errors import UserError
from preimage.photo_files import photo_pixels, read_photo

log = logging.getLogger(__name__)


def load_photo(path: str | Path) -> Tensor:
    """Return what `read_photo` reads as RGB [3, H, W] float32 in [0, 1].

    It keeps its own size and sides: a descent squashes it to the square it needs, as the pages do.
    """
    return torch.from_numpy(read_photo(path))


def open_photo(entry: Mapping[str, Any]) -> Tensor:
    """Return the photo of a plan's entry: its `file`, or the one `shipped` with scikit-image.

    A photo of the user's that is squashed, though nobody asked for that, is a word in the log.
    """
    photo = torch.from_numpy(photo_pixels(entry))
    height, width = photo.shape[1:]
    if height != width and "file" in entry and "fit" not in entry:
        log.warning(
            "%s has %d x %d pixels and is squashed to a square; give the photo fit: crop or fit: "
            "pad to keep its proportions, or fit: squash to say that this is meant",
            *(entry["file"], width, height),
        )
    return photo


def as_pictures(pictures: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return pictures by name as descents take them: [3, H, W], float32 or float64.

    Raises UserError for other shapes and types, and for values that are those of 8 bits: whole or
    large numbers, none of them below 0. Values of what a descent made may leave 0 ... 1 both ways.
    """
    return {name: _as_picture(picture, f"picture {name!r}") for name, picture in pictures.items()}


def _as_picture(picture: object, where: str) -> Tensor:
    if not isinstance(picture, Tensor):
        kind = f"{type(picture).__module__}.{type(picture).__name__}"
        raise UserError(f"{where} is a {kind}: {_WANTED}; torch.from_numpy makes one of an array")
    if hint := _other_shape(tuple(picture.shape)):
        raise UserError(f"{where} is {' x '.join(map(str, picture.shape)) or 'one number'}, {hint}")
    if not picture.is_floating_point():
        raise UserError(f"{where} is of {picture.dtype}: {_WANTED}, such as picture / 255")
    picture = picture.detach().to(torch.promote_types(picture.dtype, torch.float32))
    low, high = picture.aminmax()
    if low >= 0 and (high > _NEVER or (high > 1 and torch.equal(picture, picture.round()))):
        raise UserError(
            f"{where} has values from {low:g} to {high:g}: {_WANTED}, such as picture / 255"
        )
    return picture


_WANTED = "give a tensor of floats from 0 to 1, [3, height, width], RGB"
_ON_WHITE = "with alpha: picture[:3] * picture[3] + 1 - picture[3] lies on white"
_NEVER = 8.0  # what a descent never makes without values below 0


def _other_shape(shape: tuple[int, ...]) -> str:
    """Say what the shape of a picture seems to be, and how it becomes [3, H, W]; "" if it is."""
    match shape:
        case (3, height, width) if height and width:
            return ""
        case (1 | 4 as channels, _, _):
            what = {1: "grey: picture.expand(3, -1, -1)", 4: _ON_WHITE}[channels]
        case (_, _, 3 | 4):
            what = "channels last: picture.permute(2, 0, 1)"
        case (_, 1 | 3 | 4, _, _):
            what = "a batch: picture[0]"
        case (_, _):
            what = "grey: picture.expand(3, -1, -1)"
        case _:
            what = "no picture"
    return f"{what}; {_WANTED}"


def squash(images: Tensor, side: int) -> Tensor:
    """Return images [..., C, H, W] resized to a square of `side` pixels, with antialias.

    The bits are those of torchvision's resize, whose import takes longer than small descents.
    """
    if images.shape[-2:] == (side, side):
        return images
    batch = images.reshape(-1, *images.shape[-3:])
    squashed = interpolate(batch, (side, side), mode="bilinear", antialias=True)
    return squashed.reshape(*images.shape[:-2], side, side)


def seen_at(images: Tensor, side: int | None) -> Tensor:
    """Return images [B, 3, S, S] as a network sees them at `side` pixels; None is as they are.

    What `squash` gives, as two products of matrices: backwards through its own way a GPU adds in
    any order, and these give the same gradient every time.
    """
    if side is None or images.shape[-1] == side:
        return images
    size = images.shape[-1]
    eye = torch.eye(size, dtype=images.dtype, device=images.device)
    weights = interpolate(eye[None, None], (side, size), mode="bilinear", antialias=True)[0, 0]
    return weights @ images @ weights.T
