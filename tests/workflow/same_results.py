"""What two runs of one study left, compared file by file."""

import re
from pathlib import Path

import pyarrow.parquet as pq

# Plans, logs, records, pieces that steps keep for themselves, and a page that shows seconds.
NOT_RESULTS = re.compile(r"plan/|logs/|\.|(mlps|inversions)/[^/]+/|atlas/tables\.html")
OF_THE_CLOCK = ["seconds"]


def differences(one: Path, other: Path) -> list[str]:
    """Return the files of two folders that only one has, or that say something else in each.

    Of tables, all rows count, without times; of pictures, plots and networks every byte.
    """
    names = _names(one) ^ _names(other)
    both = _names(one) & _names(other)
    return sorted(names | {name for name in both if not _same(one / name, other / name)})


def _names(folder: Path) -> set[str]:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in found if not NOT_RESULTS.match(name)}


def _same(one: Path, other: Path) -> bool:
    if one.suffix != ".parquet":
        return one.read_bytes() == other.read_bytes()
    tables = (pq.read_table(path) for path in (one, other))
    one, other = (t.drop_columns([c for c in OF_THE_CLOCK if c in t.column_names]) for t in tables)
    return one.equals(other)
