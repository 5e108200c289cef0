"""What can be said of a network without any descent: sizes, ranks, its first weights."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from preimage.descent.graphs import own_copy
from preimage.descent.layers import Extractor
from preimage.errors import UserError
from preimage.networks.noise import Noise
from preimage.networks.prepared import bare, opened, prepare
from preimage.networks.training import accuracy
from preimage.photos import squash

SMALL = 24  # pixels, at which the rank of the first layers is taken
TINY = 32  # pixels, at which the last block of a ResNet has a single place
MOST = 4096  # elements of a layer whose singular values are taken
_IMAGES = 1000  # of noise, at most, of which a network is asked the labels
_FRESH = 1 << 16  # is added to the seed of the noise that was learnt

Fact = dict[str, Any]


def elements(model: nn.Module, layers: Sequence[str], side: int) -> Iterator[Fact]:
    """Yield of each layer how many elements it has for each of the image's [3, side, side]."""
    with torch.no_grad():
        seen = Extractor(model, layers)(torch.full((1, 3, side, side), 0.5))
    for layer in layers:
        share = seen[layer].numel() / (3 * side**2)
        yield {"layer": layer, "statistic": "elements", "value": share}


@torch.no_grad()
def inputs(model: nn.Module, side: int) -> Iterator[Fact]:
    """Yield what goes into a network's first weights of a black and of a white image, by channel.

    And which colour that channel is of: 0 is red, 1 green, 2 blue. So it is seen what `input:`, an
    option such as `transform_input`, or the network's own forward makes of an image. Nothing of a
    network whose first weights see no image of three channels, each of one colour.
    """
    colours = torch.cat([torch.zeros(1, 3), torch.ones(1, 3), torch.eye(3)])
    seen = _into_first_weights(model, colours[..., None, None].expand(-1, -1, side, side))
    if seen is None or seen.ndim != 4 or seen.shape[:2] != (5, 3):
        return
    black, white, *pure = seen.mean((2, 3))
    enters = torch.stack(pure) - black  # [colours, channels]
    if ((enters.abs() > 1e-6).sum(dim=0) != 1).any():
        return
    for name, values in (("black", black), ("white", white), ("colour", enters.abs().argmax(0))):
        for channel, value in enumerate(values.tolist()):
            yield {"statistic": name, "number": channel, "value": float(value)}


def _into_first_weights(model: nn.Module, images: Tensor) -> Tensor | None:
    """Return what goes into the first convolution or linear layer that runs."""
    network, fed = opened(model), []
    copied = own_copy(network.network)
    for module in copied.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_pre_hook(lambda _, given: fed.append(given[0].clone()))
    copied(prepare(images.contiguous(), network.expects))
    return fed[0] if fed else None


def lost_dimensions(model: nn.Module, layer: str, side: int = SMALL) -> Fact:
    """Return in how many directions a small image can be changed unseen by a layer.

    The dimensions of the image less the rank of the layer's Jacobian at white noise; of a linear
    layer it is the same everywhere.
    """
    extract = Extractor(model, [layer], precision="float64")
    noise = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    image = 0.5 + noise.double() / 4
    rows = _jacobian(lambda images: extract(images)[layer], image)
    rank = int(torch.linalg.matrix_rank(torch.linalg.qr(rows, mode="r").R))
    return {"layer": layer, "statistic": "lost", "value": float(image.numel() - rank)}


def conditions(model: nn.Module, layer: str, photos: Sequence[Tensor]) -> Iterator[Fact]:
    """Yield of each photo [3, H, W] how unevenly a layer passes on what changes in it.

    The least singular value above 0 of the layer's Jacobian over the largest: 1 of a rotation.
    Photos are squashed to TINY pixels, where late layers have few elements. Nothing of a layer that
    has more than MOST of them, and of a network that takes no picture as small.
    """
    extract = Extractor(model, [layer], precision="float64")
    for number, photo in enumerate(photos):
        image = squash(photo.double(), TINY)[None]
        try:
            count = extract(image)[layer].numel()
        except UserError:  # it cannot take images as small
            return
        if count > MOST:
            return
        rows = _jacobian(lambda images: extract(images)[layer], image)
        values = torch.linalg.svdvals(rows)
        seen = values[values > values.max() * max(rows.shape) * torch.finfo(rows.dtype).eps]
        value = float(seen.min() / seen.max()) if len(seen) else float("nan")
        yield {"layer": layer, "statistic": "condition", "number": number, "value": value}


def _jacobian(see: Callable[[Tensor], Tensor], image: Tensor, at_once: int = 64) -> Tensor:
    """Return the derivatives [outputs, 3 * side * side] of what is seen of an image.

    Each of many copies of it is led back from an output of its own: PyTorch has no faster way to
    many gradients of one image, where convolutions have groups.
    """
    rows = []
    for some in torch.arange(see(image).numel()).split(at_once):
        copies = image.repeat(len(some), 1, 1, 1).requires_grad_()
        seen = see(copies).flatten(1)[torch.arange(len(some)), some]
        rows += torch.autograd.grad(seen.sum(), copies)
    return torch.cat(rows).flatten(1)


def batch_norms_at_rest(model: nn.Module) -> Fact:
    """Return the share of BatchNorms with a gain of 1 and an offset of 0 everywhere."""
    norms = [m for m in bare(model).modules() if isinstance(m, _BatchNorm) and m.affine]
    rest = [bool((norm.weight == 1).all() and (norm.bias == 0).all()) for norm in norms]
    share = float(np.mean(rest)) if rest else float("nan")
    return {"statistic": "at rest", "number": len(norms), "value": share}


def coherences(model: nn.Module) -> Iterator[Fact]:
    """Yield how oriented each kernel of the first convolution is, from 0 to 1.

    The coherence of its structure tensor, summed over places and colours: of a stripe or an edge
    it is 1, of a spot or of noise little.
    """
    convolutions = (m for m in bare(model).modules() if isinstance(m, nn.Conv2d))
    first = next((m for m in convolutions if min(m.kernel_size) > 1), None)
    if first is None:
        return
    kernels = first.weight.detach().double().cpu().numpy()
    down, along = np.gradient(kernels, axis=(2, 3))
    xx, yy, xy = (
        (a * b).sum(axis=(1, 2, 3)) for a, b in ((along, along), (down, down), (along, down))
    )
    with np.errstate(invalid="ignore"):
        found = np.hypot(xx - yy, 2 * xy) / (xx + yy)
    for number, value in enumerate(found):
        yield {"statistic": "coherence", "number": number, "value": float(value)}


def known_noise(model: nn.Module, noise: Mapping[str, int]) -> Iterator[Fact]:
    """Yield the share of images that a network labels right, of noise that it learnt and of fresh.

    noise: the fields of `Noise`. Of what it learnt the first images are asked.
    """
    learnt = Noise(**noise)
    count = min(_IMAGES, learnt.images)
    fresh = Noise(**{**noise, "images": count, "seed": learnt.seed + _FRESH})
    for name, asked in (("learnt", learnt), ("fresh", fresh)):
        share = accuracy(model, asked.batches(range(count), 50))
        yield {"statistic": name, "number": count, "value": share}
