"""The key files of a study: what decides its results, each in a file that is named by its content.

A key file is never written over. A job that waits reads what it was planned with, whatever another
Snakemake, were it a dry run of another configuration, writes meanwhile.
"""

from pathlib import Path
from typing import Any

from preimage.study.keys import digest, write_key


class KeyFiles:
    """Plans, codes and lists by their names, as files ``NAME.DIGEST.json`` in a folder."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.digests: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def write(self, name: str, value: object) -> str:
        """Write what decides something, unless it is there; return the file."""
        write_key(self.plan(name, value), value)
        return self.file(name)

    def plan(self, name: str, value: object) -> str:
        """Return the file that a value of that name belongs in, whether it is there or not."""
        self.digests[name], self._values[name] = digest(value), value
        return self.file(name)

    def file(self, name: str) -> str:
        """Return the file of that name. KeyError where none was written."""
        return f"{self.folder / name}.{self.digests[name]}.json"

    def tidy(self) -> None:
        """Delete the files of other configurations, and write what another did not let stay.

        For a run that has the study for itself: what it plans to do, nobody else may take away.
        So an older plan, if it comes back, is newer than what was made in between.
        """
        files = {self.file(name): name for name in self.digests}
        for path in {str(path) for path in self.folder.rglob("*.json")} - {*files}:
            Path(path).unlink()
        for file, name in files.items():
            if not Path(file).exists():
                write_key(file, self._values[name])
