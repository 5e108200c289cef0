"""Draw how networks were trained, on the demo world and on noise, as PNG and PDF."""

import argparse
import sys
from pathlib import Path

from preimage.figures.curves import draw_training
from preimage.figures.style import plot
from preimage.steps.cli import run, step_parser
from preimage.tables.parquet import read_tables
from preimage.tables.training import TRAINING


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_training", __doc__)
    add = parser.add_argument
    add("--study", required=True, help="its name, for the address of the figure")
    add("--histories", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw all of the histories given."""
    histories = read_tables(args.histories, TRAINING)
    networks = list(histories.network.unique())
    address = {"study": args.study, "network": networks}
    with plot(args.output, address, height=2.8 * histories.data.nunique()) as figure:
        draw_training(figure, histories)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
