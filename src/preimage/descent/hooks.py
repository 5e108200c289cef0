"""Layers read by hooks while a network runs as it is: any module, by its own names alone."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn

from preimage.descent.graphs import only_tensor
from preimage.descent.objective import LOGITS
from preimage.errors import UserError
from preimage.networks.prepared import chosen

NO_FEATURES = "the network has no layer before its last weights: choose another one"
_CALL = re.compile(r"(.+)_(\d+)")


class _Enough(BaseException):
    """Nothing that runs later is asked for."""


class Hooked:
    """Reads the activations of some layers of a module as it is; it stops behind the deepest.

    A layer is a module's name, `logits`, or a further call of a module (`relu_1`, the second).
    The network is hooked for good: give it a copy. output: which of several outputs is `logits`.
    """

    def __init__(
        self, network: nn.Module, layers: Collection[str], output: str | None = None
    ) -> None:
        self.network, self.output = network, output
        self._wanted = {place_of(layer, network): layer for layer in layers if layer != LOGITS}
        self._to_the_end = LOGITS in layers
        self._calls: dict[str, int] = {}
        self._seen: dict[str, Tensor] = {}
        for name in {name for name, _ in self._wanted}:
            network.get_submodule(name).register_forward_hook(self._hook(name))

    def __call__(self, images: Tensor) -> dict[str, Tensor]:
        """Map images [B, 3, H, W], as the network expects them, to activations [B, ...].

        A layer that did not run, or gave no tensor, is left out.
        """
        self._calls, self._seen = {}, {}
        try:
            given = self.network(images.clone())  # forward may change what it is given
            if self._to_the_end:
                self._seen[LOGITS] = chosen(given, self.output)
        except _Enough:
            pass
        seen, self._seen = self._seen, {}
        return seen

    def _hook(self, name: str) -> Callable[[nn.Module, object, object], None]:
        def note(_: nn.Module, __: object, given: object) -> None:
            call = self._calls.get(name, 0)
            self._calls[name] = call + 1
            layer = self._wanted.get((name, call))
            value = only_tensor(given, Tensor)
            if layer is not None and value is not None:
                self._seen[layer] = value.clone()  # before a later operation changes it in place
            if len(self._seen) == len(self._wanted) and not self._to_the_end:
                raise _Enough

        return note


def place_of(layer: str, network: nn.Module) -> tuple[str, int] | None:
    """Return the module and the call that a layer is named after; None if there is no such module.

    A module's own name comes before a call of another one.
    """
    modules = dict(network.named_modules())
    if layer and layer in modules:
        return layer, 0
    if (call := _CALL.fullmatch(layer)) and call[1] in modules:
        return call[1], int(call[2])
    return None


def in_order(network: nn.Module, images: Tensor) -> dict[str, int]:
    """Return the modules that give tensors, in the order in which they end; of each the place.

    Modules that end with one and the same tensor share a place. `logits` is the last of all.
    """
    places: dict[str, int] = {}
    kept: list[Tensor] = []

    def note(name: str, given: object) -> None:
        if (value := only_tensor(given, Tensor)) is not None and name not in places:
            if not kept or kept[-1] is not value:
                kept.append(value)
            places[name] = len(kept)

    with _hooked(network, note):
        network(images.clone())
    return places | {LOGITS: len(kept) + 1}


class LastInput:
    """Reads what goes into the last module with weights of its own, whatever that is called.

    The network is hooked for good: give it a copy.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self._fed: list[Tensor] = []
        for module in network.modules():
            if any(True for _ in module.parameters(recurse=False)):
                module.register_forward_pre_hook(self._enters)

    def __call__(self, images: Tensor) -> Tensor:
        """Map images [B, 3, H, W], as the network expects them, to what goes in, [B, ...].

        Raises UserError where that are the images.
        """
        self._fed = []
        self.network(images.clone())
        if len(self._fed) < 2:
            raise UserError(NO_FEATURES)
        return self._fed[-1]

    def _enters(self, _: nn.Module, given: Sequence[object]) -> None:
        if given and isinstance(given[0], Tensor):
            self._fed = [*self._fed[-1:], given[0].clone()]


@contextmanager
def _hooked(network: nn.Module, note: Callable[[str, object], None]) -> Iterator[None]:
    """Tell `note` within of each module that ends: its name, and what it gave."""
    handles = [
        module.register_forward_hook(lambda _, __, given, name=name: note(name, given))
        for name, module in network.named_modules()
        if name
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
