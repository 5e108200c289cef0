"""Write how far points of exact inversions are from their photo, a row for each kind of point."""

import argparse
import sys
from pathlib import Path

from preimage.measures.mlps.inversions import tabulate
from preimage.steps.cli import run, step_parser
from preimage.tables.inversions import INVERSION_SUMMARY, INVERSIONS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_inversions", __doc__)
    add = parser.add_argument
    add("--inversions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the summary of the tables given."""
    inversions = read_tables(args.inversions, INVERSIONS)
    write_table(tabulate(inversions), args.output, INVERSION_SUMMARY)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
