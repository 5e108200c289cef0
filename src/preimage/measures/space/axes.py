"""Mean activations of feature maps: the axes of a space of classes (code L1)."""

import copy
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from preimage.batches import Batch
from preimage.descent.layers import Extractor
from preimage.descent.layout import Layout
from preimage.errors import UserError
from preimage.measures.images.judging import judge
from preimage.networks.prepared import bare


def without_batch_norm(model: nn.Module, layer: str, name: str) -> nn.Module:
    """Return a copy of `model` in which the BatchNorms inside the module `layer` do nothing.

    What enters the module is as before, for all others stay. Raises UserError where `layer` is no
    module with a BatchNorm in it; `name` is what that calls the network.
    """
    if layer not in dict(bare(model).named_modules()):
        raise UserError(f"{name} has no module {layer!r}: without BatchNorm, layer is a module")
    changed = copy.deepcopy(model)
    module = bare(changed).get_submodule(layer)
    norms = [n for n, part in module.named_modules() if isinstance(part, nn.BatchNorm2d) and n]
    if not norms:
        raise UserError(
            f"the module {layer} of {name} has no BatchNorm in it: leave batch_norm out"
        )
    for norm in norms:
        module.set_submodule(norm, nn.Identity())
    return changed


def map_means(
    model: nn.Module,
    blocks: Iterable[Tensor],
    size: int,
    layer: str,
    maps: Sequence[int],
    *,
    batch: Batch = 8,
    device: str | torch.device = "cpu",
    tell: Callable[[int], object] = lambda done: None,
) -> np.ndarray:
    """Return the mean activation [n, maps] of each map of `layer` over each picture.

    blocks: the pictures, some at a time, [some, 3, H, W]; resized to `size` as for judging. A layer
    of features in place of maps gives their values. Raises UserError for an unknown layer and for
    one of tokens.
    """
    read = _reader(model, size, layer, maps, device)
    look = {"batch": batch, "device": device, "tell": tell}
    return np.concatenate([judge(read, images, size, **look) for images in blocks])


def _reader(
    model: nn.Module, size: int, layer: str, maps: Sequence[int], device: str | torch.device
) -> Callable[[Tensor], Tensor]:
    extractor = Extractor(model, [layer], device=device)
    places = _places(extractor.layouts(size)[layer])

    def read(pictures: Tensor) -> Tensor:
        activation = extractor(pictures)[layer]
        return (activation.mean(dim=places) if places else activation)[:, list(maps)]

    return read


def _places(layout: Layout) -> list[int]:
    """Return the axes, after that of the batch, over which a map is averaged."""
    if "token" in layout.axes:
        raise UserError(f"{layout}, no maps: choose a layer of maps or features")
    return [i for i, axis in enumerate(layout.axes, 1) if axis in ("row", "column")]
