"""The key files of a study: what decides its results, each in a file that is named by its content.

A key file is never written over. A job that waits reads what it was planned with, whatever another
Snakemake, were it a dry run of another configuration, writes meanwhile.
"""

import os
from pathlib import Path
from typing import Any

from preimage.errors import UserError
from preimage.study.keys import digest, read_known, write_key

_SUBMITTED = "PREIMAGE_SUBMITTED"  # variable of the environment: a file of all digests


class KeyFiles:
    """Plans, codes and lists by their names, as files ``NAME.DIGEST.json`` in a folder."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.digests: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._submitted: dict[str, str] = {}

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

    def let_jobs_know(self) -> None:
        """Let jobs that are submitted to a cluster know what they were planned with."""
        os.environ[_SUBMITTED] = self.write("all", dict(self.digests))

    def remember(self) -> None:
        """Take up, in a job that was submitted, what it was planned with.

        Raises UserError where a later run, which was planned anew, has deleted that.
        """
        file = Path(os.environ.get(_SUBMITTED, os.devnull))
        if not file.exists():
            raise UserError(f"{file} is gone: another run was begun since this job was submitted")
        self._submitted = read_known(file)

    def digest(self, name: str) -> str:
        """Return the digest of a key file.

        In a job that was submitted, raises UserError where it is another one than it was then.
        """
        found = self.digests[name]
        if self._submitted.get(name, found) != found:
            raise UserError(
                f"{name}: the configuration, the code or a file of yours is another one than when "
                "this job was submitted. Its results would not be what was asked for then: run "
                "snakemake again"
            )
        return found
