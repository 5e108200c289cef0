"""Write the principal components of the logits of each network's class images."""

import argparse
import sys
from pathlib import Path

from preimage.measures.space.principal import tabulate
from preimage.steps.cli import run, step_parser
from preimage.tables.images import LOGITS, PREDICTIONS
from preimage.tables.parquet import read_tables, write_table
from preimage.tables.space import PRINCIPAL_COMPONENTS, PRINCIPAL_COORDINATES


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_principal_components", __doc__)
    add = parser.add_argument
    add("--predictions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--logits", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--components", type=Path, required=True, metavar="OUT.parquet")
    add("--coordinates", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write both tables for the class images whose predictions and logits are given."""
    predictions = read_tables(args.predictions, PREDICTIONS)
    components, coordinates = tabulate(predictions, read_tables(args.logits, LOGITS))
    write_table(components, args.components, PRINCIPAL_COMPONENTS)
    write_table(coordinates, args.coordinates, PRINCIPAL_COORDINATES)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
