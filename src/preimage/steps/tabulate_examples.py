"""Write the numbers of the source page's worked examples: as said there, and as computed (E5)."""

import argparse
import sys
from pathlib import Path

from preimage.mlp.geometry import worked_examples
from preimage.steps.cli import run, step_parser
from preimage.tables.inversions import WORKED_EXAMPLES
from preimage.tables.parquet import write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_examples", __doc__)
    parser.add_argument("--output", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the table."""
    write_table(worked_examples().assign(code="E5"), args.output, WORKED_EXAMPLES)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
