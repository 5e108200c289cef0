"""Draw how alike networks arrange the same classes in their logits, as PNG and PDF."""

import argparse
import sys
from pathlib import Path

from preimage.figures.space import comparison_height, draw_comparison
from preimage.figures.style import plot
from preimage.steps.cli import run, step_parser
from preimage.tables.parquet import read_table
from preimage.tables.space import SPACE_COMPARISON


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_space_comparison", __doc__)
    add = parser.add_argument
    add("--study", required=True, help="its name, for the address of the figure")
    add("--comparison", type=Path, required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw the table given."""
    table = read_table(args.comparison, SPACE_COMPARISON)
    about = {"study": args.study, "networks": sorted({*table.network_a, *table.network_b})}
    with plot(args.output, about, height=comparison_height(table)) as figure:
        if table.empty:
            figure.text(0.5, 0.5, "no two networks with four classes in common", ha="center")
            return
        draw_comparison(figure, table)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
