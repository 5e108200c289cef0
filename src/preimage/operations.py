"""What a computation takes, counted by its operations, and not timed.

On PyTorch's `meta` device, where tensors have shapes and no values, nothing is computed for it:
seconds of a network take milliseconds there, and no weights are needed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import prod
from typing import Any, ClassVar

import torch
from torch import Tag, Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry, shape_wrapper


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
    """Return what `run` takes, on whatever device its tensors are."""
    held: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata in counter.made:  # else it was there before, as weights are
            held[storage._cdata] = storage.nbytes()
        return tensor

    counter = _Counter()
    with counter, torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        run()
    return Operations(float(counter.flops), counter.moved, float(sum(held.values())))


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


_OWN = {torch.ops.aten.convolution_backward: _flops_of_gradients}
_FORMULAS = flop_registry | {packet: shape_wrapper(own) for packet, own in _OWN.items()}


_COUNTED: dict[object, int] = {}
_Lies = tuple[torch.Size, tuple[int, ...], torch.dtype, torch.device]


class Shapes(TorchDispatchMode):
    """Computes on the `meta` device, each operation once for tensors that lie alike in memory.

    Many of them are Python there, and take as long as a small product does; networks repeat
    themselves, and are run again for each of their layers.
    """

    _known: ClassVar[dict[object, list[_Lies | None]]] = {}

    def __torch_dispatch__(
        self,
        function: Any,  # noqa: ANN401  an operation of PyTorch
        _: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  whatever the operation gives
        return self.given(function, args, kwargs or {})

    def given(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return what an operation gives."""
        in_place = _is_in_place(function)
        if not (in_place or _gives_new_tensors(function)):
            return function(*args, **kwargs)
        key = function, _key(args), _key(kwargs.items())
        if key not in self._known:
            given = function(*args, **kwargs)
            if all(one.is_meta for one in _tensors((given,))):
                parts = given if isinstance(given, tuple) else (given,)
                self._known[key] = [one if one is None else _lies(one) for one in parts]
            return given
        if in_place:
            return args[0]
        made = [lies and _lying(*lies) for lies in self._known[key]]
        return made[0] if len(made) == 1 else tuple(made)


@cache
def _gives_new_tensors(function: Any) -> bool:  # noqa: ANN401  an operation of PyTorch
    """Whether all that an operation gives are tensors of their own."""
    given = function._schema.returns
    return all(str(one.type) == "Tensor" and one.alias_info is None for one in given)


@cache
def _is_in_place(function: Any) -> bool:  # noqa: ANN401  an operation of PyTorch
    """Whether an operation changes the values of its first argument, and gives that."""
    name = function._overloadpacket.__name__
    return name.endswith("_") and not name.endswith("__") and Tag.inplace_view not in function.tags


def _key(values: Iterable[object]) -> tuple[object, ...]:
    """Return what the shapes that an operation gives depend on: values of tensors are not in it."""
    return tuple(_part_of_key(value) for value in values)


def _part_of_key(value: object) -> object:
    if isinstance(value, Tensor):
        return _lies(value)
    return _key(value) if isinstance(value, list | tuple) else (type(value), value)


def _lies(tensor: Tensor) -> _Lies:
    """Return how a tensor lies in memory."""
    return tensor.shape, tensor.stride(), tensor.dtype, tensor.device


def _lying(
    size: torch.Size, stride: tuple[int, ...], dtype: torch.dtype, device: torch.device
) -> Tensor:
    return torch.empty_strided(size, stride, dtype=dtype, device=device)


def _flops(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any], given: object) -> int:  # noqa: ANN401
    """Return the floating-point operations of an operation: from shapes, once for the same."""
    if function._overloadpacket not in _FORMULAS:
        return 0
    key = function, _key(args), _key(kwargs.items())
    if key not in _COUNTED:
        _COUNTED[key] = _FORMULAS[function._overloadpacket](*args, **kwargs, out_val=given)
    return _COUNTED[key]


class _Counter(Shapes):
    """Adds up what operations take, and the bytes that they read and write; a view moves nothing.

    made: the storages that operations have written to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0
        self.moved: Counter[int] = Counter()
        self.made: set[int] = set()

    def given(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return what an operation gives, and count what it takes."""
        given = super().given(function, args, kwargs)
        self.flops += _flops(function, args, kwargs, given)
        if not getattr(function, "is_view", False):
            made = [*_tensors((given,))]
            written = sum(tensor.nbytes for tensor in made)
            read = sum(tensor.nbytes for tensor in _tensors((*args, *kwargs.values())))
            self.made.update(tensor.untyped_storage()._cdata for tensor in made)
            self.moved[written.bit_length()] += read + written
        return given


def _tensors(values: Iterable[object]) -> Iterator[Tensor]:
    """Yield the tensors among what goes into an operation, or comes out, and in lists of it."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
