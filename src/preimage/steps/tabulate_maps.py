"""Write how mean activations of feature maps are distributed over classes."""

import argparse
import sys
from pathlib import Path

from preimage.measures.space.normality import distributions
from preimage.steps.cli import run, step_parser
from preimage.tables.parquet import read_tables, write_table
from preimage.tables.space import MAP_DISTRIBUTIONS, MAP_MEANS


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_maps", __doc__)
    add = parser.add_argument
    add("--means", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--distributions", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the distributions of the maps whose means are given."""
    found = distributions(read_tables(args.means, MAP_MEANS))
    write_table(found, args.distributions, MAP_DISTRIBUTIONS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
