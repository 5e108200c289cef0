"""Pictures that keep their colours and their spectrum, but lose how they are arranged.

As random phase textures (Galerne, Gousseau and Morel 2011) show, this leaves many textures as they
are, and nothing of objects.
"""

from collections.abc import Sequence
from zlib import crc32

import torch
from torch import Tensor


def scrambled(images: Tensor, keys: Sequence[str]) -> Tensor:
    """Return pictures [n, 3, H, W] with the phases of all their frequencies drawn anew.

    A phase is shifted alike in red, green and blue, so that colours stay together. keys: what
    decides the phases of each picture, whatever others there are.
    """
    return torch.stack([_scrambled(*pair) for pair in zip(images, keys, strict=True)])


def _scrambled(image: Tensor, key: str) -> Tensor:
    sides = image.shape[-2:]
    noise = torch.randn(sides, generator=torch.Generator().manual_seed(crc32(key.encode())))
    shift = torch.fft.rfft2(noise).angle()  # of a real picture, so that it remains one
    shift[0, 0] = 0  # the mean
    turned = torch.fft.rfft2(image) * torch.polar(torch.ones_like(shift), shift)
    return torch.fft.irfft2(turned, s=sides)
