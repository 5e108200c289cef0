"""Networks of which shapes alone are wanted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_DRAWS = {"normal_", "uniform_", "trunc_normal_"} | {
    f"{name}_{how}_" for name in ("kaiming", "xavier") for how in ("normal", "uniform")
}


@contextmanager
def without_values() -> Iterator[None]:
    """Give parameters of networks that are built within no storage, and draw no values for them."""
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
        kwargs = kwargs or {}
        if getattr(function, "__name__", "") in _DRAWS:
            return args[0] if args else kwargs["tensor"]
        return function(*args, **kwargs)
