"""States of long descents on disk, so that a kill costs minutes at the most."""

import time
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from preimage.files import write_atomically


@dataclass(frozen=True)
class State:
    """Where a descent is: steps done, inputs [S, n], and what was measured so far [T, 3, S]."""

    done: int
    inputs: Tensor
    measured: Tensor


class Checkpoint:
    """A file with the last state of one descent.

    digest: of all that decides the descent; a state of any other is not taken up.
    seconds: between two writings.
    """

    def __init__(self, path: Path, digest: str, seconds: float = 60.0) -> None:
        self.path, self.digest, self.seconds = path, digest, seconds
        self._written = time.monotonic()

    def load(self) -> State | None:
        """Return the state in the file; None where there is none, or that of another descent."""
        try:
            with safe_open(self.path, "pt") as file:
                about = file.metadata() or {}
                if about.get("digest") != self.digest:
                    return None
                tensors = [file.get_tensor(name) for name in ("inputs", "measured")]
                return State(int(about["done"]), *tensors)
        except (OSError, SafetensorError):
            return None

    def is_due(self) -> bool:
        """Whether the last writing is so long ago."""
        return time.monotonic() - self._written >= self.seconds

    def save(self, state: State) -> None:
        """Write a state in place of the last."""
        about = {"digest": self.digest, "done": str(state.done)}
        tensors = {"inputs": state.inputs.contiguous(), "measured": state.measured.contiguous()}
        with write_atomically(self.path) as beside:
            save_file(tensors, beside, about)
        self._written = time.monotonic()

    def remove(self) -> None:
        """Delete the file: the descent is done."""
        self.path.unlink(missing_ok=True)
