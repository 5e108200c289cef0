"""What a table is made of: columns with type, unit and meaning, and what they let in. No torch."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from preimage.errors import UserError, near_matches

INT, REAL, TEXT, BOOL = pa.int64(), pa.float64(), pa.string(), pa.bool_()
VECTOR = pa.list_(pa.float32())

# What may be cast to a column: 0.5 is no class and "7" no number.
_KINDS = {
    INT: (pa.types.is_integer, pa.types.is_floating),
    REAL: (pa.types.is_integer, pa.types.is_floating),
    TEXT: (pa.types.is_string, pa.types.is_large_string),
    BOOL: (pa.types.is_boolean,),
    VECTOR: (pa.types.is_list,),
}


@dataclass(frozen=True)
class Column:
    """One column; `nullable` ones may have empty cells."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    nullable: bool = False

    @property
    def field(self) -> pa.Field:
        """The column as Parquet knows it, with unit and meaning."""
        about = {"meaning": self.meaning} | ({"unit": self.unit} if self.unit else {})
        return pa.field(self.name, self.type, self.nullable, about)


@dataclass(frozen=True)
class Table:
    """What one kind of file holds: its columns, in their order, and what a row is.

    A `large` one grows with pictures times classes or steps; a small table that the same step
    writes carries its digest.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    large: bool = False

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]


def check_names(found: Iterable[str], table: Table, path: str | Path) -> None:
    """Raise UserError unless `found` are the names of the table's columns, in any order."""
    found = list(found)
    for name in found:
        if name not in table.names:
            near = near_matches(str(name), table.names)
            raise UserError(f"{path}: the table {table.name} has no column {name!r}{near}")
        if found.count(name) > 1:
            raise UserError(f"{path}: the column {table.name}.{name} is there twice")
    if missing := [name for name in table.names if name not in found]:
        raise UserError(f"{path}: the table {table.name} lacks {', '.join(missing)}")


def column_array(series: pd.Series, column: Column, table: Table, path: str | Path) -> pa.Array:
    """Return `series` as the column's type; UserError names `path`, table and column if it cannot.

    Integers and whole reals fit each other; nothing else changes its kind. NaN is an empty cell.
    """
    where = f"{path}: {table.name}.{column.name}"
    try:
        array = pa.array(series, from_pandas=True)
        if array.null_count == len(array):
            array = pa.nulls(len(array), column.type)
        elif not any(of(array.type) for of in _KINDS[column.type]):
            raise UserError(f"{where} holds values of type {array.type}, not {column.type}")
        array = array.cast(column.type)
    except pa.ArrowException as error:
        raise UserError(f"{where} cannot be made {column.type}: {error}") from error
    if array.null_count and not column.nullable:
        raise UserError(f"{where} has {array.null_count} empty cells, none is allowed")
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def optional(*columns: Column) -> tuple[Column, ...]:
    """Return the columns with empty cells allowed."""
    return tuple(Column(c.name, c.type, c.meaning, c.unit, nullable=True) for c in columns)


def interval(name: str, meaning: str, unit: str = "") -> tuple[Column, ...]:
    """Return the columns of a statistic and its 95 % interval; it may not be defined."""
    return optional(
        Column(name, REAL, meaning, unit),
        Column(f"{name}_low", REAL, f"lower end of the 95 % interval of {name}", unit),
        Column(f"{name}_high", REAL, f"upper end of the 95 % interval of {name}", unit),
    )


# Columns that many tables share.
CODE = Column("code", TEXT, "code of the experiment")
SET = Column("set", TEXT, "image set")
NETWORK = Column("network", TEXT, "network that the pictures were made with")
ITEM = Column("item", TEXT, "address of the item in its set, such as 007 or 003+007")
SEED = Column("seed", INT, "seed of the start noise and the jitter")
TARGET = Column("target", TEXT, "what was asked for, in words")
STATUS = Column("status", TEXT, "ok | no gradient | diverged | not finite")
