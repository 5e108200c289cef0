"""Networks of which shapes alone are wanted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_DRAWS = {"normal_", "uniform_", "trunc_normal_"} | {
    f"{name}_{how}_" for name in ("kaiming", "xavier") for how in ("normal", "uniform")
}

# What is made of values, in which networks may count how wide they are to be.
_VALUES = {"arange", "linspace", "tensor"}


@contextmanager
def without_values() -> Iterator[None]:
    """Give parameters of networks that are built within no storage, and draw no values for them.

    What is made of values has them still, on the CPU.
    """
    with torch.device("meta"), _Undrawn():
        yield


class _Undrawn(TorchFunctionMode):
    """Leaves tensors as they are: without storage a draw takes a while, and imports a compiler."""

    def __torch_function__(
        self,
        function: Callable,
        _: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  whatever the function gives
        kwargs, name = kwargs or {}, getattr(function, "__name__", "")
        if name in _DRAWS:
            return args[0] if args else kwargs["tensor"]
        if name in _VALUES:
            kwargs = {"device": "cpu"} | kwargs
        return function(*args, **kwargs)
