"""Draw in which groups the opposites of one network are, as PNG and PDF.

Of several seeds the first is drawn.
"""

import argparse
import sys
from pathlib import Path

from preimage.figures.opposite_groups import draw_groups, seen, size
from preimage.figures.style import plot
from preimage.measures.statistics.seeds import of_first_seed
from preimage.steps.cli import run, step_parser
from preimage.tables.opposites import OPPOSITE_GROUPS
from preimage.tables.parquet import read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_opposite_groups", __doc__)
    add = parser.add_argument
    add("--network", required=True, help="its name")
    add("--groups", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw the groups of the network named in `args`."""
    table = read_tables(args.groups, OPPOSITE_GROUPS)
    table = of_first_seed(table[table.network == args.network])
    seeds = table.seed.unique()
    table = seen(table)
    about = {"network": args.network, "set": list(table.set.unique())}
    about |= {"seed": ", ".join(map(str, seeds)), "statistic": "share"}
    width, height = size(table)
    with plot(args.output, about, height=height, width=width) as figure:
        figure.suptitle(f"Opposites of {args.network} by group; ▲ ▼ beyond chance")
        draw_groups(figure, table)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
