"""Write the means of what the pictures of maps look like, layer by layer."""

import argparse
import sys
from pathlib import Path

from preimage.measures.atlas.layers import tabulate
from preimage.steps.cli import run, step_parser
from preimage.tables.atlas import FEATURE_MAPS, LAYERS_BY_DEPTH
from preimage.tables.parquet import read_table, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_atlas", __doc__)
    add = parser.add_argument
    add("--maps", type=Path, required=True, metavar="IN.parquet")
    add("--layers", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the table for the maps that `args` name."""
    write_table(tabulate(read_table(args.maps, FEATURE_MAPS)), args.layers, LAYERS_BY_DEPTH)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
