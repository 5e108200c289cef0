"""What a computation takes, counted without computing it.

It runs on PyTorch's `meta` device, where tensors have shapes and no values: seconds of a network
take milliseconds there, and no weights are needed.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class Operations:
    """What something takes: arithmetic, traffic with the memory, and memory.

    flops: floating-point operations of products and convolutions, a multiplication with its
    addition being two. moved: bytes that operations read and write, by the bits of the number of
    bytes that an operation writes, for small tensors stay in caches, and the smallest wait for
    their operation to begin. held: bytes of what was computed and is kept for the gradient.
    """

    flops: float = 0.0
    moved: Mapping[int, float] = field(default_factory=dict)
    held: float = 0.0

    def __add__(self, other: "Operations") -> "Operations":
        """Return what both take, one after the other: memory is used again."""
        moved = Counter(self.moved)
        moved.update(other.moved)
        return Operations(self.flops + other.flops, moved, max(self.held, other.held))

    def __mul__(self, times: float) -> "Operations":
        """Return what it takes so many times, one after the other."""
        moved = {size: times * moved for size, moved in self.moved.items()}
        return Operations(times * self.flops, moved, self.held)

    __rmul__ = __mul__


def counted(run: Callable[[], object]) -> Operations:
    """Return what `run` takes, whose tensors are all on the `meta` device."""
    held: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata in traffic.made:  # else it was there before, as weights are
            held[storage._cdata] = storage.nbytes()
        return tensor

    own = {torch.ops.aten.convolution_backward: _flops_of_gradients}
    flops, traffic = FlopCounterMode(display=False, custom_mapping=own), _Traffic()
    with flops, traffic, torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        run()
    return Operations(float(flops.get_total_flops()), traffic.moved, float(sum(held.values())))


def _flops_of_gradients(
    gradient: Sequence[int],
    images: Sequence[int],
    weight: Sequence[int],
    *settings: Any,  # noqa: ANN401  the others of convolution_backward
    **_: object,
) -> int:
    """Return the operations of a convolution's gradients, from the shapes of what goes in.

    Each, of its input and of its weights, takes as many as the convolution itself. PyTorch's own
    count takes one of groups, for its weights, for one of all channels.
    """
    *_, transposed, _, _, wanted = settings
    places = (images if transposed else gradient)[2:]
    return 2 * prod([gradient[0], *places, *weight]) * sum(wanted[:2])


class _Traffic(TorchDispatchMode):
    """Adds up the bytes that operations read and write; a view moves nothing.

    made: the storages that operations have written to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.moved: Counter[int] = Counter()
        self.made: set[int] = set()

    def __torch_dispatch__(
        self,
        function: Any,  # noqa: ANN401  an operation of PyTorch
        _: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  whatever the operation gives
        given = function(*args, **(kwargs or {}))
        if not getattr(function, "is_view", False):
            written = _size(given)
            self.made.update(tensor.untyped_storage()._cdata for tensor in _tensors(given))
            self.moved[written.bit_length()] += _size((args, kwargs)) + written
        return given


def _size(values: object) -> int:
    """Return the bytes of all tensors among values."""
    return sum(tensor.numel() * tensor.element_size() for tensor in _tensors(values))


def _tensors(values: object) -> list[Tensor]:
    return [value for value in tree_leaves(values) if isinstance(value, Tensor)]
