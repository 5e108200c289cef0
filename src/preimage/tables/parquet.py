"""Tables as Parquet files, written and read as they are declared. No torch.

A file with other columns, or with values that do not fit, is neither written nor read. A NaN is
kept as an empty cell.
"""

import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from preimage import __version__
from preimage.errors import UserError
from preimage.files import write_atomically
from preimage.tables.columns import BOOL, INT, Column, Table, check_names, column_array

# So that the types of a column do not depend on whether it has empty cells.
_PANDAS = {INT: pd.Int64Dtype(), BOOL: pd.BooleanDtype()}


def write_table(
    frame: pd.DataFrame, path: str | Path, table: Table, metadata: Mapping[str, str] | None = None
) -> None:
    """Write `frame`, whose columns may come in any order, as Parquet; the rows stay in theirs.

    The file's metadata are `metadata`, the table's name and the versions of the programs at work.
    The same data and metadata give the same bytes. Raises UserError for columns missing or
    unknown, for empty cells where none may be, and for values that the column's type cannot hold.
    """
    check_names(frame.columns, table, path)
    arrays = [column_array(frame[column.name], column, table, path) for column in table.columns]
    about = {**(metadata or {}), "table": table.name, **_versions()}
    schema = pa.schema([column.field for column in table.columns], dict(sorted(about.items())))
    with write_atomically(path) as beside:
        pq.write_table(pa.table(arrays, schema=schema), beside, compression="zstd")


def read_table(path: str | Path, table: Table) -> pd.DataFrame:
    """Read what `write_table` wrote: columns in the table's order, types whatever the values.

    Nullable integers and truths come as pandas' `Int64` and `boolean`. Raises UserError for a
    file that is missing, damaged, or of another table.
    """
    return read_tables([path], table)


def read_tables(paths: Iterable[str | Path], table: Table) -> pd.DataFrame:
    """Read several files of one table, one after the other; without files, an empty table."""
    schema = pa.schema([column.field for column in table.columns])
    read = [_read(path, table).cast(schema) for path in paths]
    frame = pa.concat_tables([schema.empty_table(), *read]).to_pandas(types_mapper=_PANDAS.get)
    fixed = {c.name: c.type.to_pandas_dtype() for c in table.columns if _is_plain(c)}
    return frame.astype(fixed)


def read_metadata(path: str | Path) -> dict[str, str]:
    """Return the metadata that `write_table` put into a file."""
    pairs = pq.read_schema(path).metadata or {}
    return {key.decode(): value.decode() for key, value in pairs.items() if key != b"ARROW:schema"}


def _is_plain(column: Column) -> bool:
    return column.type in _PANDAS and not column.nullable


def _read(path: str | Path, table: Table) -> pa.Table:
    try:
        found = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{path}: the table {table.name} cannot be read: {error}") from error
    check_names(found.column_names, table, path)
    for column in table.columns:
        if (there := found.schema.field(column.name).type) != column.type:
            raise UserError(f"{path}: {table.name}.{column.name} is {there}, not {column.type}")
    return found.select(table.names)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "preimage": __version__}
    found |= {"pyarrow": pa.__version__}  # the key "pandas" would be read as something else
    torch = sys.modules.get("torch")
    return found | ({"torch": str(torch.__version__)} if torch else {})
