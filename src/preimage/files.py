"""Files that appear whole or not at all."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from preimage.errors import UserError

# What `write_atomically` calls what it writes to, and safetensors, before it renames that to this.
_UNFINISHED = re.compile(r"\..*\.\d{1,7}(\.\w+)?|\.tmp\w{6}")
_OF_RUST = re.compile(r"\(os error (\d+)\)")  # in the words of errors of libraries in Rust
_PROBE = bytes(1 << 20)


@contextmanager
def write_atomically(path: str | Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it takes the place of `path` when all went well.

    The temporary name keeps the suffix, which many writers read the format from. After an
    exception nothing is left behind and an older `path` stays as it was. Who may read the file
    follows from the process (its umask), also where a writer, such as safetensors', is stricter.
    Raises UserError where the disk is full, or the file may not be written.
    """
    path = Path(path)
    beside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()
        mode = beside.stat().st_mode
        beside.unlink()
        yield beside
        beside.chmod(mode)
        beside.replace(path)
    except Exception as error:
        if reason := _reason(error, path, beside):
            raise UserError(f"{path} cannot be written: {reason}") from error
        raise
    finally:
        with suppress(OSError):  # where it could not even be made
            beside.unlink()


def _reason(error: Exception, path: Path, beside: Path) -> str | None:
    """Return what the file system has against a file, or None where something else is the matter.

    Not every writer says it: torch's tells of positions, safetensors' of its own kind of error.
    So what is written so far is made longer, which a full disk does not let happen.
    """
    if isinstance(error, OSError):
        own = {None, *map(str, (beside, path, *path.parents))}
        return (error.strerror or str(error)) if error.filename in own else None
    if told := _OF_RUST.search(str(error)):
        return os.strerror(int(told[1]))
    try:
        with beside.open("ab") as file:
            file.write(_PROBE)
    except OSError as refused:
        return refused.strerror or str(refused)
    return None


def unfinished(folder: str | Path) -> Iterator[Path]:
    """Yield what is being written in a folder and those below it, or was when a kill came."""
    for path in Path(folder).rglob(".*"):
        if _UNFINISHED.fullmatch(path.name) and path.is_file():
            yield path
