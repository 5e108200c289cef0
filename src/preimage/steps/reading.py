"""What a step may ask for: each kind says its words of the command line and how it is read.

A parameter of a step is annotated with one of these, with a `Plan`, or with a plain type.
"""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter
from pathlib import Path
from typing import Any, Protocol, get_args, get_origin

import pandas as pd

from preimage.batches import AUTO, Batch
from preimage.blocks import read_pictures
from preimage.plans import Plan, read_plan
from preimage.tables.columns import Table
from preimage.tables.parquet import read_tables


class Kind(Protocol):
    """What a parameter is."""

    def add(self, parser: ArgumentParser, name: str, default: object) -> None:
        """Add its words to a command line; without a default they must be there."""

    def read(self, given: Mapping[str, Any], name: str) -> object:
        """Return its value from what the command line gave."""


def flag(name: str) -> str:
    """Return the word of the command line for a parameter, an input or an output of a rule."""
    return "--" + name.replace("_", "-")


def positive(word: str) -> int:
    """Read a whole number above 0."""
    if not word.isdecimal() or int(word) < 1:
        raise ArgumentTypeError(f"{word!r} is no whole number above 0")
    return int(word)


def number_or_auto(word: str) -> Batch:
    """Read how many images a network sees at once."""
    return AUTO if word == AUTO else positive(word)


def kind_of(annotation: object) -> Kind:
    """Return the kind that a parameter's annotation means."""
    if isinstance(annotation, type) and issubclass(annotation, Plan):
        return _PlanFile(annotation)
    if annotation is NewFile:
        return NewFile()
    if hasattr(annotation, "add") and hasattr(annotation, "read"):
        return annotation
    if get_origin(annotation) in (list, Sequence) and get_args(annotation) == (Path,):
        return _Files()
    return _Word(annotation)


@dataclass(frozen=True)
class Rows:
    """The rows of one or more files of a table, one file after the other, as a DataFrame.

    With a default there may be no file, and then no row.
    """

    table: Table

    def __class_getitem__(cls, table: Table) -> "Rows":
        """Let a parameter be annotated `Rows[TABLE]`."""
        return cls(table)

    def add(self, parser: ArgumentParser, name: str, default: object) -> None:
        """Add the files."""
        add_files(parser, name, default, f"{self.table.name.upper()}.parquet")

    def read(self, given: Mapping[str, Any], name: str) -> pd.DataFrame:
        """Read and check the files."""
        return read_tables(given[name] or (), self.table)


class Pictures:
    """Pictures by their blocks, as `preimage.blocks.read_pictures` returns them: a DataFrame.

    On the command line these are the images of each block and, in the same order, its items.
    """

    @staticmethod
    def add(parser: ArgumentParser, _: str, default: object) -> None:
        """Add the two files of each block."""
        add_files(parser, "images", default, "BLOCK.safetensors")
        add_files(parser, "item_tables", default, "BLOCK.items.parquet")

    @staticmethod
    def read(given: Mapping[str, Any], _: str) -> pd.DataFrame:
        """Read and check the items; no picture is read yet."""
        return read_pictures(given["images"] or (), given["item_tables"] or ())


@dataclass(frozen=True)
class NewFile:
    """The path of a file that the step writes itself. ending: of such files, for its help."""

    ending: str = ""

    def add(self, parser: ArgumentParser, name: str, _: object) -> None:
        """Add the path."""
        parser.add_argument(flag(name), type=Path, required=True, metavar=f"OUT{self.ending}")

    @staticmethod
    def read(given: Mapping[str, Any], name: str) -> Path:
        """Return the path."""
        return given[name]


NEW_TENSORS, NEW_TABLE = NewFile(".safetensors"), NewFile(".parquet")


@dataclass(frozen=True)
class _PlanFile:
    plan: type[Plan]

    def add(self, parser: ArgumentParser, name: str, _: object) -> None:
        keys = ", ".join(self.plan.__struct_encode_fields__)
        parser.add_argument(
            flag(name), type=Path, required=True, metavar="PLAN", help=f"JSON or YAML: {keys}"
        )

    def read(self, given: Mapping[str, Any], name: str) -> Plan:
        return read_plan(given[name], self.plan)


class _Files:
    @staticmethod
    def add(parser: ArgumentParser, name: str, default: object) -> None:
        add_files(parser, name, default, "FILE")

    @staticmethod
    def read(given: Mapping[str, Any], name: str) -> Sequence[Path]:
        return given[name] or ()


@dataclass(frozen=True)
class _Word:
    """A file, a word, a number, or what is said or not; words without a default have no flag."""

    type: Any

    def add(self, parser: ArgumentParser, name: str, default: object) -> None:
        if self.type is bool:
            parser.add_argument(flag(name), action="store_true")
            return
        kinds = [kind for kind in get_args(self.type) or [self.type] if kind is not type(None)]
        read = {(int,): positive, get_args(Batch): number_or_auto}.get((*kinds,), kinds[0])
        if default is not Parameter.empty:
            parser.add_argument(flag(name), type=read, default=default)
        elif self.type is Path:
            parser.add_argument(flag(name), type=read, required=True, metavar="FILE")
        else:
            parser.add_argument(name, type=read)

    @staticmethod
    def read(given: Mapping[str, Any], name: str) -> object:
        return given[name]


def add_files(parser: ArgumentParser, name: str, default: object, metavar: str) -> None:
    """Add files of which there must be one, or with a default there may be none."""
    required = default is Parameter.empty
    parser.add_argument(
        flag(name), type=Path, nargs="+" if required else "*", required=required, metavar=metavar
    )
