"""Write the table of opposites: what each network takes for the opposite of each class."""

import argparse
import sys
from pathlib import Path

from preimage.measures.opposites.labels import opposites
from preimage.steps.cli import run, step_parser
from preimage.tables.images import OPPOSITES, PREDICTIONS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_opposites", __doc__)
    add = parser.add_argument
    add("--predictions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--opposites", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the opposites of the sets whose predictions are given."""
    write_table(opposites(read_tables(args.predictions, PREDICTIONS)), args.opposites, OPPOSITES)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
