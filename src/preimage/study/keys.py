"""What decides a result, as small files and short digests that Snakemake can compare.

Snakemake reruns a job when an input file or a parameter changed. Each rule therefore takes its
*plan* (what its step must do) and its *code* (`preimage.study.code.step_definitions`) twice: as an
input, the key file of `write_key`, and as a parameter, the `digest` of the same object. The file
travels with the results and outlives ``.snakemake``; the parameter is what a job records that
was already running when its key file changed.
"""

import hashlib
import json
import time
from pathlib import Path

import msgspec

from preimage.errors import UserError
from preimage.files import write_atomically

_SECOND = 10**9


def digest(value: object) -> str:
    """Return 16 hexadecimal digits for a value of JSON; the order of keys does not matter."""
    return hashlib.sha256(_compact(value)).hexdigest()[:16]


def _compact(value: object) -> bytes:
    """Return sorted JSON on one line. Raises ValueError for numbers that JSON has not."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def write_key(path: str | Path, value: object) -> str:
    """Write a value as sorted JSON unless `path` holds just that already; return `path`.

    The time of the file thus moves only with its meaning.
    """
    path = Path(path)
    text = msgspec.json.format(_compact(value), indent=2) + b"\n"  # json indents a tenth as fast
    if not path.is_file() or path.read_bytes() != text:
        with write_atomically(path) as beside:
            beside.write_bytes(text)
    return str(path)


def content_digest(path: str | Path, cache: str | Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits.

    `cache` is a JSON file of digests known from earlier calls: a file is read again only when
    its size, times or inode changed. A file that cannot be read raises a `UserError`.
    """
    path = Path(path)
    try:
        stat = path.stat()
        state = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        known = read_known(Path(cache))
        match known.get(str(path.absolute())):
            case [*before, str(sha256)] if before == state:
                return sha256
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    # A file so young may change once more within the same tick of the file system's clock.
    if time.time_ns() - stat.st_mtime_ns > _SECOND:
        write_key(cache, known | {str(path.absolute()): [*state, sha256]})
    return sha256


def read_known(path: Path) -> dict:
    """Return what an earlier call has written down; nothing where no object of JSON is there."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
