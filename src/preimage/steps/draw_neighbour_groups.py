"""Draw how often a class and its neighbour are of the same group, as PNG and PDF."""

import argparse
import sys
from pathlib import Path

from preimage.figures.space import draw_shares, shares_height
from preimage.figures.style import plot
from preimage.measures.statistics.seeds import of_first_seed
from preimage.steps.cli import run, step_parser
from preimage.tables.parquet import read_table
from preimage.tables.space import NEIGHBOUR_GROUPS


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_neighbour_groups", __doc__)
    add = parser.add_argument
    add("--study", required=True, help="its name, for the address of the figure")
    add("--groups", type=Path, required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw the table given; of several seeds the first."""
    table = of_first_seed(read_table(args.groups, NEIGHBOUR_GROUPS))
    about = {"study": args.study, "networks": sorted(table.network.unique())}
    with plot(args.output, about, height=shares_height(table)) as figure:
        if table.empty:
            figure.text(0.5, 0.5, "no class image of a class that has a group", ha="center")
            return
        draw_shares(figure, table)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
