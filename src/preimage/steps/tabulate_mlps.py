"""Write what descents on fully connected networks came to, and the widths that they need.

The plan has the experiments that ask for a width, each with the share of its first value to which
m_i must fall: {complete: {needed_widths: 0.1}}.
"""

import argparse
import sys
from pathlib import Path

from preimage.measures.mlps.descents import tabulate_ends, tabulate_widths
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.mlps import MLP_ENDS, MLP_WIDTHS, MLPS
from preimage.tables.parquet import read_table, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_mlps", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="thresholds of m_i, as above")
    add("--curves", type=Path, required=True, metavar="MLPS.parquet")
    add("--ends", type=Path, required=True, metavar="OUT.parquet")
    add("--widths", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write both tables of the curves given."""
    complete = read_plan(args.plan, ["complete"])["complete"]
    curves = read_table(args.curves, MLPS)
    write_table(tabulate_ends(curves), args.ends, MLP_ENDS)
    write_table(tabulate_widths(curves, complete), args.widths, MLP_WIDTHS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
