"""torchvision, imported without PyTorch's compiler. Import it from here, in all of the package.

A function of torchvision that only detectors need asks the compiler, `torch._dynamo`, whether it
could compile, and imports it for that at once. No study compiles anything, and each of the hundreds
of its processes would spend more than a second on that import. So while torchvision is imported,
a stand-in answers for the module asked, and passes the question on if it is ever put.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

import torch  # noqa: F401  before the stand-in, which is for torchvision alone

_ASKED = "torch._dynamo.utils"


class _StandIn(ModuleType):
    """Knows the one function that torchvision takes; for all else it makes way for the module."""

    @staticmethod
    def is_compile_supported(device_type: object) -> bool:
        return import_module(_ASKED).is_compile_supported(device_type)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the module has
        if name.startswith("__"):  # asked by whoever looks through all modules: none is needed
            raise AttributeError(name)
        self.make_way()
        return getattr(import_module(_ASKED), name)

    def make_way(self) -> None:
        if sys.modules.get(_ASKED) is self:
            del sys.modules[_ASKED]


@contextmanager
def _without_compiler() -> Iterator[None]:
    """Import within, and `torch._dynamo` is not; afterwards it can be, as ever.

    Where it is there already, or torchvision asks it for more, it is the real one all along.
    """
    stand_in = _StandIn(_ASKED)
    sys.modules.setdefault(_ASKED, stand_in)
    try:
        yield
    finally:
        stand_in.make_way()


with _without_compiler():
    import torchvision
    from torchvision.models import WeightsEnum
    from torchvision.models.feature_extraction import NodePathTracer

__all__ = ["NodePathTracer", "WeightsEnum", "torchvision"]
