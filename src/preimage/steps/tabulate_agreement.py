"""Write how far the networks agree on the pictures of each other."""

import argparse
import sys
from pathlib import Path

from preimage.measures.images.agreement import agreement
from preimage.steps.cli import run, step_parser
from preimage.tables.images import AGREEMENT, DISTANCES, PREDICTIONS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_agreement", __doc__)
    add = parser.add_argument
    add("--predictions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--distances", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--agreement", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the agreement of all judges with the makers of the sets given."""
    predictions = read_tables(args.predictions, PREDICTIONS)
    distances = read_tables(args.distances, DISTANCES)
    write_table(agreement(predictions, distances), args.agreement, AGREEMENT)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
