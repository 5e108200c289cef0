"""Join the files of one table, in the order given, into one."""

import argparse
import sys
from pathlib import Path

from preimage.steps.cli import run, step_parser
from preimage.tables.parquet import read_tables, write_table
from preimage.tables.registry import TABLES


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("merge_tables", __doc__)
    add = parser.add_argument
    add("--table", type=str.lower, choices=sorted(TABLES), required=True)
    add("--inputs", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the rows of all inputs to one file."""
    table = TABLES[args.table]
    write_table(read_tables(args.inputs, table), args.output, table)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
