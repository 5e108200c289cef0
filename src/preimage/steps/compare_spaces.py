"""Write how alike networks arrange the same classes in their logits."""

import argparse
import sys
from pathlib import Path

from preimage.measures.space.similarity import compare
from preimage.steps.cli import run, step_parser
from preimage.tables.images import LOGITS, PREDICTIONS
from preimage.tables.parquet import read_tables, write_table
from preimage.tables.space import SPACE_COMPARISON


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("compare_spaces", __doc__)
    add = parser.add_argument
    add("--predictions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--logits", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--comparison", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the comparison of all networks whose class images are given."""
    predictions = read_tables(args.predictions, PREDICTIONS)
    found = compare(predictions, read_tables(args.logits, LOGITS))
    write_table(found, args.comparison, SPACE_COMPARISON)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
