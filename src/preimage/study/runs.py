"""One run of a study at a time, and none beside steps that a killed one left behind.

Snakemake's own lock is of all studies in a folder, and outlives a run that was killed. These locks
end with the processes that hold them: the run itself, and each of its steps.
"""

import os
import socket
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from preimage.errors import UserError
from preimage.files import unfinished
from preimage.locks import lock

STEPS = "PREIMAGE_STEPS"
"""The variable of the environment with the file that the steps of a run share a lock on."""


def let_steps_be_seen(folder: str | Path) -> None:
    """Let the steps that this process starts hold a lock in the folder of a study."""
    os.environ[STEPS] = str(Path(folder, ".steps.lock"))


def step_lock() -> AbstractContextManager:
    """Return the lock that a step holds as long as it works; outside of a run, none."""
    if STEPS not in os.environ:
        return nullcontext()
    return lock(os.environ[STEPS], shared=True, wait=True)


def begin(folder: str | Path) -> IO[str]:
    """Return the lock on the folder of a study that its run holds until it ends.

    Waits for steps of a run that was killed: they would write what the new one has written. Then
    nobody writes there, and what they had not finished is deleted. Raises UserError where another
    run holds it.
    """
    run = lock(Path(folder, ".run.lock"))
    if run is None:
        raise UserError(
            f"another run works on {folder}, {Path(folder, '.run.lock').read_text()}: it has to "
            "end first. A dry run (snakemake -n) may be made meanwhile, and runs of other studies"
        )
    run.truncate(0)
    run.write(f"process {os.getpid()} on {socket.gethostname()} since {time.strftime('%F %H:%M')}")
    run.flush()
    _wait_for_steps(folder)
    for path in unfinished(folder):
        path.unlink(missing_ok=True)
    return run


def _wait_for_steps(folder: str | Path) -> None:
    steps = Path(folder, ".steps.lock")
    found = lock(steps)
    if found is None:
        told = "waiting for steps of a run that was killed. To end them"
        print(f"{told}: pkill -f 'preimage .*{folder}/'", file=sys.stderr, flush=True)
        found = lock(steps, wait=True)
    found.close()


def check_writable(files: Iterable[str | Path]) -> None:
    """Raise UserError for the first file that could not be made, or written over, in its folder."""
    for folder in dict.fromkeys(Path(file).parent for file in files):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir():
            raise UserError(f"{there} is a file, where a folder is needed for results")
        if not os.access(there, os.W_OK | os.X_OK):
            raise UserError(f"{folder} cannot be written: {there} may only be read")
