"""Write what opposites have in common: groups of classes, ways back and cycles.

The plan holds the groups of classes in their order, such as

    groups: [[dogs, [151, 152]], [cats, [281]]]
"""

import argparse
import sys
from pathlib import Path

from preimage.measures.opposites.cycles import cycles
from preimage.measures.opposites.groups import opposite_groups, statistics
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.images import OPPOSITES
from preimage.tables.opposites import CYCLES, OPPOSITE_GROUPS, OPPOSITE_STATISTICS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_opposite_groups", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="the groups, as above")
    add("--opposites", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--groups", type=Path, required=True, metavar="OUT.parquet")
    add("--statistics", type=Path, required=True, metavar="OUT.parquet")
    add("--cycles", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the three tables of the opposites given."""
    groups = dict(read_plan(args.plan, ("groups",))["groups"])
    opposites = read_tables(args.opposites, OPPOSITES)
    write_table(opposite_groups(opposites, groups), args.groups, OPPOSITE_GROUPS)
    write_table(statistics(opposites, groups), args.statistics, OPPOSITE_STATISTICS)
    write_table(cycles(opposites), args.cycles, CYCLES)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
