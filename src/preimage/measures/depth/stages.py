"""The stages of a network, so that one claim can be made of networks of any architecture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from preimage.plans import Plan

TRAINED, UNTRAINED, NOISE = "trained", "untrained", "noise"

# What the pages call the modules of torchvision's ResNets.
_RESNET = dict.fromkeys(("conv1", "bn1", "relu", "maxpool"), "Conv1") | {
    f"layer{i}": f"Conv{i + 1}" for i in range(1, 5)
}
_THIRDS = ("first third", "middle third", "last third")


@dataclass(frozen=True)
class Stage:
    """Some layers of a run under one name."""

    run: "Run"
    name: str
    layers: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} of {self.run}"


class Run(Plan):
    """One network of one image set.

    state: what it was trained on. blur: whether its recipe blurs. layers: by depth.
    """

    set: str
    network: str
    architecture: str
    state: Literal["trained", "untrained", "noise"]
    blur: bool
    layers: Annotated[tuple[str, ...], Meta(min_length=1)]

    def __str__(self) -> str:
        return f"{self.network} ({self.set}, {'with' if self.blur else 'without'} blur)"

    def stages(self, *names: str) -> list[Stage]:
        """Return its stages that have one of these names, or all, from shallow to deep.

        They are Conv1 to Conv5 of a ResNet, and of another architecture the thirds of its layers.
        """
        grouped: dict[str, tuple[str, ...]] = {}
        for name, layer in self._named():
            grouped[name] = (*grouped.get(name, ()), layer)
        return [Stage(self, n, layers) for n, layers in grouped.items() if not names or n in names]

    def stage(self, layer: str) -> Stage:
        """Return the stage of one layer alone."""
        return Stage(self, layer, (layer,))

    def _named(self) -> Iterable[tuple[str, str]]:
        if "resne" in self.architecture:
            modules = [(layer.split(".")[0], layer) for layer in self.layers]
            named = [(_RESNET[m], layer) for m, layer in modules if m in _RESNET]
            if named:  # the modules of anyone's ResNet may have other names
                return named
        last = max(1, len(self.layers) - 1)
        return [(_THIRDS[round(2 * i / last)], layer) for i, layer in enumerate(self.layers)]


def by_set(runs: Sequence[Run]) -> list[list[Run]]:
    """Return the runs of each image set, sets in the order of their first runs."""
    sets = dict.fromkeys(run.set for run in runs)
    return [[run for run in runs if run.set == name] for name in sets]
