"""What a step may return: each kind says what its file is called and how it is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from preimage.files import write_atomically
from preimage.tables.columns import Table
from preimage.tables.parquet import write_table


class Output(Protocol):
    """What a returned value becomes."""

    ending: str
    several: bool
    large: bool

    def write(self, value: Any, path: Any, about: Mapping[str, str]) -> None:  # noqa: ANN401
        """Write the value; `about` is for the metadata of a table."""


class Drawn(Protocol):
    """What saves itself with its address: a `Plot` or `Picture` of `preimage.figures.style`, or a
    `preimage.figures.films.Film`.
    """

    def save(self, path: Path) -> None:
        """Write the file, and beside it for a plot a PDF, for a film a GIF."""


@dataclass(frozen=True)
class Rows:
    """A table, from a DataFrame."""

    table: Table
    ending = ".parquet"
    several = False

    @property
    def large(self) -> bool:
        """Whether the table may be so large that nobody should hash it to see it changed."""
        return self.table.large

    def write(self, value: pd.DataFrame, path: Path, about: Mapping[str, str]) -> None:
        """Check and write the rows."""
        write_table(value, path, self.table, about)


class _Figure:
    ending = ".png"
    several = False
    large = False

    @staticmethod
    def write(value: Drawn, path: Path, _: Mapping[str, str]) -> None:
        value.save(path)


@dataclass(frozen=True)
class _Figures:
    ending: str
    several = True
    large = False

    @staticmethod
    def write(value: Iterable[Drawn], paths: Sequence[Path], _: Mapping[str, str]) -> None:
        for drawn, path in zip(value, paths, strict=True):
            drawn.save(path)


class _Text:
    ending = ".md"
    several = False
    large = False

    @staticmethod
    def write(value: str, path: Path, _: Mapping[str, str]) -> None:
        with write_atomically(path) as beside:
            beside.write_text(value, encoding="utf-8")


FIGURE = _Figure()
TEXT = _Text()
FIGURES = _Figures(".png")  # as many as paths are given, in their order; made one by one
FILMS = _Figures(".mp4")


def output_of(declared: Table | Output) -> Output:
    """Return what a step declares: a table stands for its rows."""
    return Rows(declared) if isinstance(declared, Table) else declared
