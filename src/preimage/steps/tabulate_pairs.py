"""Write the table of what networks see in pictures of two classes each."""

import argparse
import sys
from pathlib import Path

from preimage.measures.comparisons.pairs import pairs
from preimage.steps.cli import run, step_parser
from preimage.tables.comparisons import PAIRS
from preimage.tables.images import LOGITS, PREDICTIONS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_pairs", __doc__)
    add = parser.add_argument
    add("--predictions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--logits", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--pairs", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the statistics of the sets whose predictions and logits are given."""
    told, full = read_tables(args.predictions, PREDICTIONS), read_tables(args.logits, LOGITS)
    write_table(pairs(told, full), args.pairs, PAIRS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
