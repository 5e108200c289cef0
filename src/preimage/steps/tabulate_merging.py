"""Write by how much the losses of merged networks fell, a row for each network."""

import argparse
import sys
from pathlib import Path

from preimage.measures.merging.losses import tabulate
from preimage.steps.cli import run, step_parser
from preimage.tables.merging import MERGING, MERGING_IMAGES
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_merging", __doc__)
    add = parser.add_argument
    add("--measured", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--merging", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write a row for each network whose pictures are given."""
    write_table(tabulate(read_tables(args.measured, MERGING_IMAGES)), args.merging, MERGING)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
