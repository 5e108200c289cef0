"""Locks on files: held by processes, and gone with them, however they end."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from preimage.errors import UserError

log = logging.getLogger(__name__)


def lock(path: str | Path, *, shared: bool = False, wait: bool = False) -> IO[str] | None:
    """Lock a file, which is made if need be, until what is returned is closed.

    shared: with others that share it, but with nobody who does not. Returns None where another
    process holds the lock, unless this one is to `wait` for it. A file system without locks lets
    everybody have them. Raises UserError where the file cannot be made.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error
    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(file, kind)
    except BlockingIOError:
        file.close()
        return None
    except OSError as error:
        log.warning("%s cannot be locked: %s", path, error.strerror)
    return file


@contextmanager
def alone(path: str | Path) -> Iterator[None]:
    """Let nobody else be in such a block for the same file; whoever comes later waits.

    The file is there as long as somebody is, or was when a kill came.
    """
    path = Path(path)
    file = lock(path)
    if file is None:
        log.info("waiting for another process that holds %s", path)
    while file is None or not _is_there(path, file):
        file = lock(path, wait=True)
    with file:
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _is_there(path: Path, file: IO[str]) -> bool:
    """Whether a file is still at its path, and not deleted by whoever held the lock before."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
