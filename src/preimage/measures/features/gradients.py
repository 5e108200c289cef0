"""Gradients of neurons on noise: which pixels reach a neuron, and how much (M1 to M3)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import (
    avg_pool2d,
    hardswish,
    hardtanh,
    interpolate,
    max_pool2d,
    relu,
    relu6,
)
from torch.overrides import TorchFunctionMode

from preimage.descent.layers import Extractor
from preimage.precision import arithmetic

_GRAINS = (1, 1, 2, 2, 4, 4, 8, 8)  # px, of the images of noise whose gradients are read
_LEAK = 1e-3
_FLAT = {relu, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_, relu6, hardtanh, hardswish}
_MAX_POOLS = {max_pool2d, torch.max_pool2d}


def mean_square(
    extractor: Extractor, layer: str, at: tuple[int, int], side: int
) -> NDArray[np.float64] | None:
    """Return the mean over images of noise of the squared gradient [side, side] of a neuron on the
    diagonal of a map, each over its sum; None where a pixel at the edge has one.

    at: the map and the row.
    """
    total = np.zeros((side, side))
    for image in _noise(side):
        total += _square(extractor, layer, at, image)
        if total[[0, -1]].any() or total[:, [0, -1]].any():
            return None
    return total / len(_GRAINS)


def _square(
    extractor: Extractor, layer: str, at: tuple[int, int], image: Tensor
) -> NDArray[np.float64]:
    """Return the squared gradient on one image, summed over colours, over its sum."""
    number, row = at
    leaf = image.to(extractor.device).requires_grad_()
    with arithmetic("float32"), _exact_zeros(), _Leaks():
        activation = extractor(leaf)[layer][0, number, row, row]
        (gradient,) = torch.autograd.grad(activation, leaf)
    square = gradient[0].double().square().sum(dim=0).cpu().numpy()
    return square / (square.sum() or 1)


class _Leaks(TorchFunctionMode):
    """Adds a thousandth of its input to a ReLU, and of the mean of its window to a max-pool.

    Without it, nothing would be seen to reach a neuron that sleeps on noise, and of a window only
    the pixel that is the largest on some noise. So the box is the one that the architecture gives,
    while the effective field, which weighs by the square, has a millionth from there. Inputs
    themselves leak, not only gradients: of a window that sleeps, the largest is then still known.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  what any function gives
        kwargs = kwargs or {}
        if func in _FLAT:
            leak = args[0]
        elif func in _MAX_POOLS:
            leak = _mean_of_window(*args, **kwargs)
        else:
            return func(*args, **kwargs)
        own = func(args[0].clone(), *args[1:], **kwargs)  # it may work in place
        return own + _LEAK * leak


def _mean_of_window(  # noqa: PLR0917  as torch has them
    image: Tensor,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """Return the means of the windows of a max-pool; a dilated one's without its gaps."""
    reach = np.multiply(dilation, np.subtract(kernel_size, 1)) + 1
    size = tuple(np.broadcast_to(reach, 2).tolist())
    return avg_pool2d(image, size, stride or kernel_size, padding, ceil_mode)


@contextmanager
def _exact_zeros() -> Iterator[None]:
    """Do without cuDNN, which may take ways around a convolution that leave nothing exactly 0."""
    there = torch.backends.cudnn.enabled
    torch.backends.cudnn.enabled = False
    try:
        yield
    finally:
        torch.backends.cudnn.enabled = there


def _noise(side: int) -> Iterator[Tensor]:
    """Yield images [1, 3, side, side] of fine and of coarse noise in [0, 1]."""
    for seed, grain in enumerate(_GRAINS):
        cells = -(-side // grain)
        noise = torch.rand(1, 3, cells, cells, generator=torch.Generator().manual_seed(seed))
        yield interpolate(noise, (side, side), mode="bilinear")
