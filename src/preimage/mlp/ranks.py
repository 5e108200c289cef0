"""Which directions of an input a small layer of some kind does not see: ranks of its Jacobian.

Where the rank at an input is less than the number of inputs, there are directions in which the
input can move and the output, to first order, stays (page "Input Representations and Depth", F1 for
other layers than fully connected ones, and F4). Layers have the initial weights of torch, and
compute in float64.
"""

from collections.abc import Callable, Iterator

import pandas as pd
import torch
from torch import Tensor, nn
from torch.func import jacrev

from preimage.tables.inversions import JACOBIAN_RANKS

TOKENS, CHANNELS = 16, 32  # of blocks of transformers and mixers
SIDE = 6  # of pictures with three colours that convolutions and layers of neurons see
MOST = 5  # times as many elements as inputs, at most
SEEDS = range(1, 9)

Layer = Callable[[Tensor], Tensor]


def jacobian_ranks() -> pd.DataFrame:
    """Return the table JACOBIAN_RANKS."""
    rows = [row for seed in SEEDS for row in (*_blocks(seed), *_needed(seed))]
    return pd.DataFrame(rows, columns=JACOBIAN_RANKS.names)


def rank(jacobian: Tensor) -> int:
    """Return the numerical rank of a matrix in float64."""
    return int(torch.linalg.matrix_rank(jacobian))


def _blocks(seed: int) -> Iterator[tuple]:
    """Yield rows of F4, at tokens drawn from N(0, 1)."""
    torch_seed = torch.Generator().manual_seed(seed)
    tokens = torch.randn(TOKENS, CHANNELS, generator=torch_seed, dtype=torch.float64)
    attention, mixer, square = _drawn(seed, _attention, _mixer, _square)
    layers: dict[str, Layer] = {
        "attention": attention,
        "attention, one token": lambda x: attention(x)[0],
        "attention with residual": lambda x: x + attention(x),
        "mixer": lambda x: mixer(x, residual=True),
        "mixer without residuals": lambda x: mixer(x, residual=False),
        "square linear": square,
    }
    for name, layer in layers.items():
        jacobian = jacrev(layer)(tokens).reshape(-1, tokens.numel())
        yield "F4", name, seed, tokens.numel(), len(jacobian), rank(jacobian)


def _drawn(seed: int, *makers: Callable[[], Layer]) -> list[Layer]:
    """Return what the makers make with torch's random numbers of that seed."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        return [maker() for maker in makers]


def _attention() -> Layer:
    """Return self-attention with one head: [tokens, channels] to the same."""
    query, key, value, out = (nn.Linear(CHANNELS, CHANNELS).double() for _ in range(4))

    def attention(x: Tensor) -> Tensor:
        scores = query(x) @ key(x).T / CHANNELS**0.5
        return out(scores.softmax(dim=1) @ value(x))

    return attention


def _mixer() -> Callable[..., Tensor]:
    """Return a block of an MLP-Mixer (Tolstikhin et al. 2021): tokens are mixed, then channels."""
    norms = [nn.LayerNorm(CHANNELS).double() for _ in range(2)]
    tokens, channels = (_two_layers(n).double() for n in (TOKENS, CHANNELS))

    def mixer(x: Tensor, *, residual: bool) -> Tensor:
        x = residual * x + tokens(norms[0](x).T).T
        return residual * x + channels(norms[1](x))

    return mixer


def _two_layers(width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))


def _square() -> Layer:
    linear = nn.Linear(TOKENS * CHANNELS, TOKENS * CHANNELS).double()
    return lambda x: linear(x.flatten())


def _needed(seed: int) -> Iterator[tuple]:
    """Yield rows of F1: with how many elements layers of each kind see every direction.

    Of neurons, one is added after the other; of convolutions, one channel.
    """
    drawn = torch.Generator().manual_seed(seed)
    picture = torch.rand(3, SIDE, SIDE, generator=drawn, dtype=torch.float64)
    n = picture.numel()
    neurons, kernels = _drawn(
        seed,
        lambda: nn.Linear(n, MOST * n).double(),
        lambda: nn.Conv2d(3, MOST * 3, 3, padding=1).double(),
    )
    kinds = {
        "linear": (neurons, lambda x: x, 1),
        "ReLU": (neurons, torch.relu, 1),
        "tanh": (neurons, torch.tanh, 1),
        "sigmoid": (neurons, torch.sigmoid, 1),
        "convolution": (kernels, lambda x: x, SIDE**2),
        "convolution with ReLU": (kernels, torch.relu, SIDE**2),
    }
    for name, (layer, bent, step) in kinds.items():
        x = picture if layer is kernels else picture.flatten()
        jacobian = jacrev(lambda x, f=layer, g=bent: g(f(x)))(x).reshape(-1, n)
        yield "F1", name, seed, n, least(jacobian, step), n


def least(jacobian: Tensor, step: int) -> float:
    """Return how many rows, from the first, have the rank of all columns; NaN if all have not.

    step: they come in that number.
    """
    columns = jacobian.shape[1]
    few, many = 0, len(jacobian) // step
    if rank(jacobian) < columns:
        return float("nan")
    while many - few > 1:  # more rows never have a lower rank
        middle = (few + many) // 2
        if rank(jacobian[: middle * step]) < columns:
            few = middle
        else:
            many = middle
    return float(many * step)
