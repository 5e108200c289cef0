"""What is tried on a device: its setting, and a trial of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from programs import build
from torch import nn

from preimage.descent.objective import Objective

ONLY_SIZE = {"vit_b_16": 224}
_LEAST_SIZE = {"inception_v3": 75}

Row = dict[str, Any]


@dataclass
class Setup:
    """What is tried, on what device, and what earlier trials have found.

    few: steps of a descent that shows whether something is right. marks: steps after which images
    are compared with the CPU's. scale: of sides and steps of the whole job. peaks: floating-point
    operations a second of products, by precision.
    """

    device: torch.device
    networks: Sequence[str]
    sizes: Sequence[int]
    batches: Sequence[int]
    steps: int
    few: int
    marks: Sequence[int]
    scale: float
    peaks: dict[str, float] = field(default_factory=dict)
    _built: dict[str, nn.Module] = field(default_factory=dict)

    @property
    def precisions(self) -> tuple[str, ...]:
        """float32 first; TensorFloat-32 is of GPUs alone."""
        return ("float32", *["tf32"] * self.on_gpu, "bfloat16")

    @property
    def on_gpu(self) -> bool:
        """Whether the device is a GPU."""
        return self.device.type == "cuda"

    def network(self, name: str, device: str | torch.device | None = None) -> nn.Module:
        """Return an untrained network, on the device unless another one is given."""
        if name not in self._built:
            self._built[name] = build(name).requires_grad_(requires_grad=False)
        return self._built[name].to(device or self.device)

    def sizes_of(self, name: str) -> Sequence[int]:
        """Return the sides in pixels at which a network is timed."""
        return (ONLY_SIZE[name],) if name in ONLY_SIZE else self.sizes

    def small(self, name: str) -> int:
        """Return the side in pixels of images for which being right is enough."""
        return ONLY_SIZE.get(name, _LEAST_SIZE.get(name, 64))


@dataclass(frozen=True)
class Trial:
    """Something to try: it yields figures, each with a value and perhaps more of a row."""

    question: str
    trial: str
    run: Callable[[], Iterable[Row]]
    about: Mapping[str, Any] = field(default_factory=dict)


def objectives(name: str, count: int) -> list[Objective]:
    """Return the logits of some classes."""
    return [Objective.parse(f"{name}:logits[{7 * i}]") for i in range(count)]
