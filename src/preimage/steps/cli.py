"""What the command lines of all steps share: arguments, a log, warnings, how mistakes end."""

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from preimage.errors import UserError

log = logging.getLogger(__name__)


def step_parser(step: str, description: str | None) -> argparse.ArgumentParser:
    """Return an empty parser for a module of this package, whose docstring is the help."""
    return argparse.ArgumentParser(
        prog=f"python -m preimage.steps.{step}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_pictures(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name pictures: blocks of images, and a table of each block's items."""
    add = parser.add_argument
    add("--images", type=Path, nargs="+", required=True, metavar="BLOCK.safetensors")
    add("--items", type=Path, nargs="+", required=True, metavar="BLOCK.items.parquet")


def run(
    main: Callable[[argparse.Namespace], None],
    parser: argparse.ArgumentParser,
    argv: Sequence[str] | None = None,
) -> int:
    """Run `main` with the arguments that `parser` reads; return the exit code of the process.

    A `UserError`, and a file that cannot be read or written, ends with its message on standard
    error and exit code 2; its traceback is for the log alone. Any other exception is passed on,
    and is in the log too.
    """
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="write messages and tracebacks to FILE"
    )
    args = parser.parse_args(argv)
    try:
        with _messages(args.log):
            log.info("%s %s", parser.prog, vars(args))
            main(args)
    except UserError as error:
        return _mistake(str(error))
    except OSError as error:  # a full disk, a folder that may not be written
        return _mistake(f"{error.filename or 'a file'}: {error.strerror or error}")
    return 0


def _mistake(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


def positive(word: str) -> int:
    """Read a whole number above 0, as the `type` of an argument."""
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number above 0")
    return int(word)


@contextmanager
def _messages(file: Path | None) -> Iterator[None]:
    """Send what is logged to `file`, and warnings to standard error, until the block ends."""
    root = logging.getLogger()
    handlers, level = _handlers(file), root.level
    root.setLevel(logging.INFO)
    for handler in handlers:
        root.addHandler(handler)
    try:
        yield
    except Exception:
        log.exception("ended by an exception")
        raise
    finally:
        root.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()


def _handlers(file: Path | None) -> list[logging.Handler]:
    screen = _Screen(logging.WARNING)
    screen.setFormatter(logging.Formatter("warning: %(message)s"))
    screen.addFilter(lambda record: not record.exc_info)  # tracebacks are for the log
    if file is None:
        return [screen]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        log_file = logging.FileHandler(file, mode="w", encoding="utf-8")
    except OSError as error:
        raise UserError(f"--log {file} cannot be written: {error.strerror}") from error
    log_file.addFilter(_is_told)
    log_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return [screen, log_file]


def _is_told(record: logging.LogRecord) -> bool:
    """Leave out what libraries chatter: writing one PDF is dozens of lines."""
    ours = record.name.partition(".")[0] in ("preimage", "__main__")
    return ours or record.levelno >= logging.WARNING


class _Screen(logging.Handler):
    """Writes to standard error without tearing a progress bar."""

    def emit(self, record: logging.LogRecord) -> None:
        tqdm.write(self.format(record), file=sys.stderr)
