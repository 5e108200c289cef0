"""The 3x3 Gaussian blur after a step, bit for bit torchvision's, with kernels made beforehand.

torchvision makes the kernel anew at each call, which takes longer on a GPU than the blur.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad


def kernels(sigmas: Sequence[float], like: Tensor) -> Tensor:
    """Return a kernel for each standard deviation in pixels, [n, 3, 1, 3, 3], for `blurred`.

    They are of the type of `like`, and on its device.
    """
    steps = torch.linspace(-1, 1, 3, dtype=like.dtype)
    bells = torch.exp(-0.5 * (steps / torch.tensor(sigmas, dtype=like.dtype)[:, None]).pow(2))
    bells = bells / bells.sum(dim=1, keepdim=True)
    squares = (bells[:, :, None] * bells[:, None, :]).to(like.device)
    return squares[:, None, None].expand(-1, 3, -1, -1, -1)


def blurred(images: Tensor, kernel: Tensor) -> Tensor:
    """Return images [B, 3, S, S] blurred by a kernel [3, 1, 3, 3]; beyond an edge is its mirror."""
    return conv2d(pad(images, (1, 1, 1, 1), mode="reflect"), kernel, groups=3)
