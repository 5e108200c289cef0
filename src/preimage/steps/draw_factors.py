"""Draw which factors of the demo world the pictures of one image set carry, as PNG and PDF."""

import argparse
import sys
from pathlib import Path

from preimage.errors import UserError
from preimage.figures.dots import draw_factors, height
from preimage.figures.style import plot
from preimage.steps.cli import run, step_parser
from preimage.tables.images import FACTORS
from preimage.tables.parquet import read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_factors", __doc__)
    add = parser.add_argument
    add("--study", required=True, help="its name, for the address of the figure")
    add("--set", required=True, help="the image set")
    add("--factors", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the tables given say of the set."""
    table = read_tables(args.factors, FACTORS)
    table = table[table["set"] == args.set]
    if table.empty:
        raise UserError(f"{args.factors[0]}: the table says nothing of the image set {args.set}")
    about = {key: list(table[key].unique()) for key in ("network", "judge", "statistic")}
    about = {"study": args.study, "set": args.set, **about}
    width = 3.2 + 2.6 * table.network.nunique()
    with plot(args.output, about, height(table), width=width) as figure:
        figure.suptitle(args.set.replace("_", " "))
        draw_factors(figure, table)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
