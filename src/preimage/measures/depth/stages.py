"""The stages of a network, so that one claim can be made of networks of any architecture."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from msgspec import Meta
from msgspec.structs import replace

from preimage.descent.objective import LOGITS
from preimage.plans import Plan

TRAINED, UNTRAINED, NOISE = "trained", "untrained", "noise"

# What the pages call the modules of torchvision's ResNets.
_RESNET = {name: name for name in ("conv1", "bn1", "relu", "maxpool")} | {
    f"layer{i}": f"Conv{i + 1}" for i in range(1, 5)
}


LONG = 1000  # steps, from which a descent tells where its distances go
_WITH_FIRST = 4


class Run(Plan):
    """One network of one image set.

    state: what it was trained on. blur: whether its recipe blurs. layers: by depth. kind: what it
    shares with networks that differ from it by chance alone.
    """

    set: str
    network: str
    architecture: str
    state: Literal["trained", "untrained", "noise"]
    blur: bool
    layers: Annotated[tuple[str, ...], Meta(min_length=1)]
    kind: str

    def __str__(self) -> str:
        return f"{self.network} ({self.set}, {'with' if self.blur else 'without'} blur)"


AnyRun = TypeVar("AnyRun", bound=Run)


def staged(architecture: str, layers: Sequence[str]) -> dict[str, str]:
    """Return which layer stands for which stage of the pages' ResNets: conv1 to Conv5, and logits.

    Of another architecture's layers but the logits, the first third stands for maxpool and Conv2,
    by its first and its last layer, the second third for Conv3 and Conv4, the last of all for
    Conv5. Of four or more layers the first is taken for conv1, and the others have the thirds.
    """
    found = {LOGITS: LOGITS} if LOGITS in layers else {}
    inner = [layer for layer in layers if layer != LOGITS]
    if "resne" in architecture and (named := _of_resnet(inner)):
        return named | found
    if len(inner) >= _WITH_FIRST:
        found["conv1"], *inner = inner
    thirds: list[list[str]] = [[], [], []]
    for i, layer in enumerate(inner):
        thirds[round(2 * i / max(1, len(inner) - 1))].append(layer)
    early, middle, late = thirds
    found |= {"maxpool": early[0], "Conv2": early[-1]} if early else {}
    found |= {"Conv3": middle[0], "Conv4": middle[-1]} if middle else {}
    return found | ({"Conv5": late[-1]} if late else {})


def _of_resnet(layers: Sequence[str]) -> dict[str, str]:
    """Return the stages of a ResNet; none where its modules have other names."""
    return {_RESNET[layer]: layer for layer in layers if layer in _RESNET}


def named_together(names: Sequence[str]) -> str:
    """Return what networks are called that differ by chance alone."""
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} alike"


def by_set(runs: Sequence[Run]) -> list[list[Run]]:
    """Return the runs of each image set, sets in the order of their first runs."""
    sets = dict.fromkeys(run.set for run in runs)
    return [[run for run in runs if run.set == name] for name in sets]


def by_kind(runs: Sequence[AnyRun]) -> list[list[AnyRun]]:
    """Return the runs of each image set and kind, these in the order of their first runs."""
    found: dict[tuple[object, ...], list[AnyRun]] = {}
    for run in runs:
        found.setdefault((run.set, run.kind, run.layers), []).append(run)
    return [*found.values()]


def pooled(runs: Sequence[Run]) -> tuple[list[Run], dict[tuple[str, str], str]]:
    """Return one run for all of each set and kind, and by set and network what that is called."""
    found, names = [], {}
    for alike in by_kind(runs):
        name = named_together([run.network for run in alike])
        found.append(replace(alike[0], network=name))
        names |= {(run.set, run.network): name for run in alike}
    return found, names
