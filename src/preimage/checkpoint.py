"""The last state of long work on disk, so that a kill costs minutes at the most."""

import hashlib
import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from preimage.files import write_atomically

Row = dict[str, Any]
"""What is known of one step of a training."""

State = dict[str, Any]
"""Tensors, numbers and words, in lists and mappings. The keys of these are numbers or words."""

log = logging.getLogger(__name__)


class Checkpoint:
    """A file with the last state of one piece of work: safetensors, whose metadata say the rest.

    key: of all that decides the work; a state of any other is not taken up. seconds: between two
    writings, at the least, for those that ask `is_due`.
    """

    def __init__(self, path: Path, key: str, seconds: float = 60.0) -> None:
        self.path, self.key, self.seconds = path, key, seconds
        self._written = time.monotonic()

    def load(self) -> State | None:
        """Return the state in the file, on the CPU, where tuples have become lists; None without.

        So too, with a warning, where the file is not as it was written, or of other work.
        """
        if not self.path.exists():
            return None
        state = self._read()
        if state is None:
            log.warning("%s cannot be read or is of other work: starting anew", self.path)
        return state

    def is_due(self) -> bool:
        """Whether the last writing is so long ago."""
        return time.monotonic() - self._written >= self.seconds

    def save(self, state: Mapping[str, Any]) -> None:
        """Write a state in place of the last, whole or not at all."""
        from safetensors.torch import save_file  # noqa: PLC0415  a descent on its own needs it not

        tensors: list[Tensor] = []
        text = json.dumps(_without_tensors(state, tensors))
        named = {str(i): tensor.contiguous() for i, tensor in enumerate(tensors)}
        about = {"key": self.key, "state": text, "sha256": _digest(text, named)}
        with write_atomically(self.path) as beside:
            save_file(named, beside, about)
        self._written = time.monotonic()

    def remove(self) -> None:
        """Delete the file: the work is done."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> State | None:
        """Return the state, None where it is not just what was saved for this work."""
        from safetensors import SafetensorError, safe_open  # noqa: PLC0415

        try:
            with safe_open(self.path, "pt") as file:
                about = file.metadata() or {}
                if about.get("key") != self.key:
                    return None
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError):
            return None
        if about.get("sha256") != _digest(about.get("state", ""), tensors):
            return None
        return _with_tensors(json.loads(about["state"]), tensors)


def _without_tensors(value: object, tensors: list[Tensor]) -> Any:  # noqa: ANN401
    """Return what JSON can say of a value; copies of its tensors are appended to a list."""
    if isinstance(value, Tensor):
        # A copy, for safetensors refuses tensors that share memory. How one lies in memory decides
        # how convolutions round, and fused optimisers ask that all lie alike.
        tensors.append(value.detach().to("cpu", copy=True))
        return {"tensor": len(tensors) - 1, "strides": tensors[-1].stride()}
    if isinstance(value, Mapping):  # as pairs: keys of JSON are words alone
        return {"pairs": [[key, _without_tensors(one, tensors)] for key, one in value.items()]}
    if isinstance(value, list | tuple):
        return [_without_tensors(one, tensors) for one in value]
    return value


def _with_tensors(value: Any, tensors: Mapping[str, Tensor]) -> Any:  # noqa: ANN401
    """Return the value of which `_without_tensors` returned `value`."""
    if isinstance(value, list):
        return [_with_tensors(one, tensors) for one in value]
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        tensor = tensors[str(value["tensor"])]
        lying = torch.empty_strided(tensor.shape, value["strides"], dtype=tensor.dtype)
        return lying.copy_(tensor)
    return {key: _with_tensors(one, tensors) for key, one in value["pairs"]}


def _digest(text: str, tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of a text and of tensors, their types and shapes with them."""
    found = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        found.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        found.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return found.hexdigest()


def save_training(
    checkpoint: Checkpoint, model: nn.Module, optimiser: Optimizer, history: list[Row]
) -> None:
    """Save the state of a training whose steps so far are `history`."""
    state = {"model": model.state_dict(), "optimiser": optimiser.state_dict()}
    checkpoint.save(state | {"history": history})


def resumed(checkpoint: Checkpoint | None, model: nn.Module, optimiser: Optimizer) -> list[Row]:
    """Give both the state that was saved last, if one was; return the history until then."""
    state = checkpoint.load() if checkpoint else None
    if state is None:
        return []
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    return state["history"]
