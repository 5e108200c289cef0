"""Write distances between class images in each judge's logits, and each class's neighbours."""

import argparse
import sys
from pathlib import Path

from preimage.measures.images.distances import tabulate
from preimage.steps.cli import run, step_parser
from preimage.tables.images import DISTANCES, LOGITS, NEIGHBOURS, PREDICTIONS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_distances", __doc__)
    add = parser.add_argument
    add("--predictions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--logits", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--distances", type=Path, required=True, metavar="OUT.parquet")
    add("--neighbours", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write both tables for the class images whose predictions and logits are given."""
    predictions = read_tables(args.predictions, PREDICTIONS)
    distances, neighbours = tabulate(predictions, read_tables(args.logits, LOGITS))
    write_table(distances, args.distances, DISTANCES)
    write_table(neighbours, args.neighbours, NEIGHBOURS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
