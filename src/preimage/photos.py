"""Photos as tensors."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from preimage.photo_files import photo_file, read_photo


def load_photo(path: str | Path) -> Tensor:
    """Return what `read_photo` reads as RGB [3, H, W] float32 in [0, 1].

    It keeps its own size and sides: a descent squashes it to the square it needs, as the pages do.
    """
    return torch.from_numpy(read_photo(path))


def open_photo(entry: Mapping[str, Any]) -> Tensor:
    """Return the photo of a plan's entry: its `file`, or the one `shipped` with scikit-image."""
    return load_photo(photo_file(entry))


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
