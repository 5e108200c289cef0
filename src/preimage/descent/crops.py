"""Squares of images, one of each: cut out, or pasted, all by one operation."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from preimage.descent.recipe import Octave


def places(octave: Octave, generators: Sequence[Generator]) -> Tensor | None:
    """Draw which square each of B images shows at each iteration; None where it shows all of it.

    Returns [iterations, 3, B]: the number of the image, and the row and the column of the corner.
    Each image has a generator of its own.
    """
    if octave.crop is None:
        return None
    room = octave.size - octave.crop + 1
    corners = [torch.randint(room, (octave.iterations, 2), generator=g) for g in generators]
    numbers = torch.arange(len(corners)).expand(octave.iterations, 1, -1)
    return torch.cat([numbers, torch.stack(corners, dim=2)], dim=1)


def cut(images: Tensor, place: Tensor, side: int) -> Tensor:
    """Return the squares [B, 3, side, side], channels last, that images [B, 3, S, S] show."""
    squares = _every_square(images, side)[tuple(place)].permute(0, 3, 1, 2)
    return squares.contiguous(memory_format=torch.channels_last)


def paste(squares: Tensor, images: Tensor, place: Tensor) -> Tensor:
    """Write squares [B, 3, side, side] into images [B, 3, S, S], and return these."""
    if images.device.type != "cpu":
        return paste_pixels(squares, images, place)
    _every_square(images, squares.shape[-1])[tuple(place)] = _last(squares)
    return images


def paste_pixels(squares: Tensor, images: Tensor, place: Tensor) -> Tensor:
    """Do the same pixel by pixel, which takes a CPU five times as long.

    CUDA's deterministic algorithms, if someone asks for them, do not write to views that overlap.
    """
    number, top, left = place[:, :, None, None]
    along = torch.arange(squares.shape[-1], device=images.device)
    _last(images)[number, top + along[:, None], left + along] = _last(squares)
    return images


def _every_square(images: Tensor, side: int) -> Tensor:
    """Return the square at every corner, [B, rows, columns, side, side, 3].

    They are views of the images' own memory, so none is copied that is not asked for.
    """
    return _last(images).unfold(1, side, 1).unfold(2, side, 1).movedim(3, -1)


def _last(images: Tensor) -> Tensor:
    """Return a view of images with channels last, [B, S, S, 3]."""
    return images.permute(0, 2, 3, 1)
