"""What two runs of one study left, compared file by file."""

from pathlib import Path

import pyarrow.parquet as pq

NOT_RESULTS = ("plan/", "logs/")
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
    results = (name for name in found if not name.startswith((*NOT_RESULTS, ".")))
    return {name for name in results if not name.endswith(".pt")}  # what steps keep for themselves


def _same(one: Path, other: Path) -> bool:
    if one.suffix != ".parquet":
        return one.read_bytes() == other.read_bytes()
    tables = (pq.read_table(path) for path in (one, other))
    one, other = (t.drop_columns([c for c in OF_THE_CLOCK if c in t.column_names]) for t in tables)
    return one.equals(other)
