"""Draw what the networks of a study say about each other's pictures, as PNG and PDF."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from preimage.errors import UserError
from preimage.figures.heatmaps import SETS_IN_ROW, SHARES, draw_agreement
from preimage.figures.style import plot
from preimage.steps.cli import run, step_parser
from preimage.tables.images import AGREEMENT
from preimage.tables.parquet import read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_agreement", __doc__)
    add = parser.add_argument
    add("--study", required=True, help="its name, for the address of the figure")
    add("--agreement", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw all of the tables given."""
    table = read_tables(args.agreement, AGREEMENT)
    if table.empty:
        raise UserError(f"{args.agreement[0]}: the table of agreement is empty")
    about = {key: list(table[key].unique()) for key in ("set", "network", "judge")}
    about |= {"study": args.study, "statistic": list(SHARES)}
    with plot(args.output, about, height=height(table)) as figure:
        draw_agreement(figure, table)


def height(table: pd.DataFrame) -> float:
    """Return the height in inches at which the cells can be read."""
    rows = -(-table.set.nunique() // SETS_IN_ROW)
    makers = table.groupby("set").network.nunique().max()
    return len(SHARES) * (0.6 + rows * (0.65 + 0.3 * makers))


if __name__ == "__main__":
    sys.exit(run(main, parser()))
