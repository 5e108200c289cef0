"""Progress on standard error: a live bar on a terminal, now and then a line in a log."""

import sys
from collections.abc import Iterable
from typing import TextIO

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0


def progress(
    over: Iterable | int | None,
    desc: str,
    unit: str = "it",
    *,
    done: int = 0,
    silent: bool = False,
) -> tqdm:
    """Return a bar that iterates over `over`, or that counts to it with `update(n)`.

    `over` is the iterable, or how many units there will be (None where nobody knows). Bytes
    (`unit="B"`) are shown as kB, MB and so on. done: units that an earlier run has counted.
    """
    counted = over is None or isinstance(over, int)
    live = sys.stderr.isatty()
    return tqdm(
        None if counted else over,
        total=over if counted else None,
        initial=done,
        desc=desc,
        unit=unit,
        unit_scale=unit == "B",
        disable=silent,
        file=sys.stderr if live else _Lines(sys.stderr),
        mininterval=0.1 if live else SECONDS_BETWEEN_LINES,
        position=None if live else 0,  # a nested bar would move the cursor
    )


class _Lines:
    """Makes lines of what tqdm would draw over and over in one place."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> None:
        if line := text.strip():
            print(line, file=self.stream, flush=True)

    def flush(self) -> None:
        self.stream.flush()
