"""Write what is left of photos by the depth of the layer they are reconstructed from."""

import argparse
import sys
from pathlib import Path

from preimage.measures.depth.layers import tabulate
from preimage.steps.cli import run, step_parser
from preimage.tables.depth import DEPTH, RECONSTRUCTIONS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_depth", __doc__)
    add = parser.add_argument
    add("--reconstructions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--depth", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the means over photos of the reconstructions given."""
    write_table(tabulate(read_tables(args.reconstructions, RECONSTRUCTIONS)), args.depth, DEPTH)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
