"""A step is a typed function: its command line, reading, checking, logging and writing follow.

    @step(merging=MERGING)
    def tabulate_merging(measured: Rows[MERGING_IMAGES]) -> pd.DataFrame:
        '''Write by how much the losses of merged networks fell, a row for each network.'''
        return tabulate(measured)

is `python -m preimage tabulate_merging --measured FILE ... --merging FILE`. What a parameter may
be is in `reading`, what may be returned in `writing`; several outputs are returned as a tuple, in
the order of the decorator. `tabulate_merging(rows)` still calls the function itself.
"""

import hashlib
import inspect
import logging
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, update_wrapper
from pathlib import Path
from typing import Any

import msgspec
from tqdm import tqdm

from preimage.errors import UserError
from preimage.plans import Plan
from preimage.steps.reading import Kind, NewFile, flag, kind_of
from preimage.steps.writing import Output, output_of
from preimage.tables.columns import Table

log = logging.getLogger(__name__)


def step(**outputs: Table | Output) -> Callable[[Callable], "Step"]:
    """Make a function a step that writes these outputs, by name."""
    declared = {name: output_of(output) for name, output in outputs.items()}
    return lambda function: Step(function, declared)


class Step:
    """A function that can be called as it is, and run from a command line by `main`."""

    def __init__(self, function: Callable, outputs: Mapping[str, Output]) -> None:
        update_wrapper(self, function)
        self.function, self.outputs = function, outputs

    def __call__(self, *args: object, **kwargs: object) -> Any:  # noqa: ANN401
        """Call the function: nothing is read or written for it."""
        return self.function(*args, **kwargs)

    @cached_property
    def inputs(self) -> dict[str, tuple[Kind, object]]:
        """The kind and the default of each parameter, by name."""
        parameters = inspect.signature(self.function, eval_str=True).parameters
        return {name: (kind_of(p.annotation), p.default) for name, p in parameters.items()}

    @property
    def written(self) -> list[str]:
        """The names of all files that the step writes, those that it writes itself first."""
        own = [name for name, (kind, _) in self.inputs.items() if isinstance(kind, NewFile)]
        return [*own, *self.outputs]

    def parser(self) -> ArgumentParser:
        """Return the parser of its command line."""
        parser = ArgumentParser(
            prog=f"python -m preimage {self.__name__}",
            description=inspect.getdoc(self.function),
            epilog=self._about_plans(),
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,  # a word is the name of a file of a rule
        )
        for name, (kind, default) in self.inputs.items():
            kind.add(parser, name, default)
        for name, output in self.outputs.items():
            many = {"nargs": "*"} if output.several else {}
            metavar = f"OUT{output.ending}"
            parser.add_argument(flag(name), type=Path, required=True, metavar=metavar, **many)
        parser.add_argument(
            "--log", type=Path, metavar="FILE", help="write messages and tracebacks to FILE"
        )
        return parser

    def main(self, argv: Sequence[str] | None = None) -> int:
        """Run the step as its command line says; return the exit code of the process.

        A `UserError`, and a file that cannot be read or written, ends with its message on standard
        error and exit code 2; its traceback is for the log alone. Any other exception is passed
        on, and is in the log too.
        """
        given = vars(self.parser().parse_args(argv))
        try:
            with messages(given["log"]):
                log.info("%s %s", self.__name__, given)
                self._run(given)
        except UserError as error:
            return _mistake(str(error))
        except BrokenPipeError:
            raise  # nobody reads any more: no mistake of the user's
        except OSError as error:  # a full disk, a folder that may not be written
            return _mistake(f"{error.filename or 'a file'}: {error.strerror or error}")
        return 0

    def _run(self, given: Mapping[str, Any]) -> None:
        values = {name: kind.read(given, name) for name, (kind, _) in self.inputs.items()}
        about = _about(values)
        made = self.function(**values)
        made = (made,) if len(self.outputs) == 1 else made or ()
        own = [given[name] for name, (kind, _) in self.inputs.items() if isinstance(kind, NewFile)]
        about |= {f"sha256 of {path.name}": sha256(path) for path in own if path.is_file()}
        made = zip(self.outputs.items(), made, strict=True)
        large_first = sorted(made, key=lambda pair: not pair[0][1].large)
        for (name, output), value in large_first:  # for the small ones carry their digests
            output.write(value, given[name], about)
            if output.large:
                about[f"sha256 of {given[name].name}"] = sha256(given[name])

    def _about_plans(self) -> str:
        plans = [kind.plan for kind, _ in self.inputs.values() if hasattr(kind, "plan")]
        return "\n\n".join(text for plan in plans for text in _described(plan))


def _described(plan: type[Plan]) -> Iterator[str]:
    """Yield what a kind of plan says of itself, after what it is made from."""
    kinds = [kind for kind in reversed(plan.__mro__) if issubclass(kind, Plan) and kind is not Plan]
    yield from (inspect.cleandoc(kind.__doc__) for kind in kinds if kind.__doc__)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file.

    The small files that a step writes carry those of the large ones, so that whoever compares the
    small ones knows of every change without reading the large ones.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _about(values: Mapping[str, object]) -> dict[str, str]:
    """Return what a table says of how it was made: the plan and the device, if any."""
    about = {n: msgspec.json.encode(v).decode() for n, v in values.items() if isinstance(v, Plan)}
    machine = values.get("machine")
    return about | ({"device": str(machine.device)} if machine else {})


def _mistake(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


@contextmanager
def messages(file: Path | None) -> Iterator[None]:
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
