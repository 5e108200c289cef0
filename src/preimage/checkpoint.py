"""The last state of long work on disk, so that a kill costs minutes at the most."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from preimage.files import write_atomically

Row = dict[str, Any]
"""What is known of one step of a training."""

State = dict[str, Any]
"""Tensors, numbers and words, in lists and mappings."""

log = logging.getLogger(__name__)


class Checkpoint:
    """A file with the last state of one piece of work: tensors, numbers and words in mappings.

    key: of all that decides the work; a state of any other is not taken up. seconds: between two
    writings, at the least, for those that ask `is_due`.
    """

    def __init__(self, path: Path, key: str, seconds: float = 60.0) -> None:
        self.path, self.key, self.seconds = path, key, seconds
        self._written = time.monotonic()

    def load(self) -> State | None:
        """Return the state in the file, on the CPU; None where there is none.

        So too, with a warning, where the file cannot be read or is of other work.
        """
        if not self.path.exists():
            return None
        found = self._read()
        if not isinstance(found, dict) or found.get("key") != self.key:
            log.warning("%s cannot be read or is of other work: starting anew", self.path)
            return None
        return found["state"]

    def is_due(self) -> bool:
        """Whether the last writing is so long ago."""
        return time.monotonic() - self._written >= self.seconds

    def save(self, state: Mapping[str, Any]) -> None:
        """Write a state in place of the last, whole or not at all."""
        with write_atomically(self.path) as beside:
            torch.save({"key": self.key, "state": dict(state)}, beside)
        self._written = time.monotonic()

    def remove(self) -> None:
        """Delete the file: the work is done."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> object:
        try:
            return torch.load(self.path, map_location="cpu", weights_only=True)
        except Exception:  # readers fail in many ways on a damaged file
            return None


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
