"""Pieces of long work that are finished, so that none is done twice."""

from collections.abc import Callable
from pathlib import Path

from preimage.checkpoint import Checkpoint, State
from preimage.study.keys import digest


class Kept:
    """A folder with the result of each finished piece of some work, a file each.

    So is the last state of a piece that a kill left unfinished, if its work saves one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names: set[str] = set()

    def piece(self, name: str, decided_by: object, work: Callable[[Checkpoint], State]) -> State:
        """Return what is kept of a piece, or else what `work` returns, which is kept from now on.

        decided_by: a value of JSON with all that decides the result; a piece that was decided by
        another is done anew. `work` may begin from, and save to, the checkpoint that it is given.
        """
        self._names.add(name)
        checkpoint = Checkpoint(self._file(name), digest(decided_by))
        state = checkpoint.load() or {}
        if "finished" not in state:
            state = {"finished": work(checkpoint)}
            checkpoint.save(state)
        return state["finished"]

    def forget_others(self) -> None:
        """Delete what is kept of pieces that nobody has asked for."""
        for file in {*self.folder.glob("*.safetensors")} - {
            self._file(name) for name in self._names
        }:
            file.unlink()

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.safetensors"
