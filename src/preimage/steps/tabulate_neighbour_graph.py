"""Write the components of the graphs of nearest neighbours, and whether neighbours share a group.

The plan has the groups of classes in their order, or none:

    groups: [[dogs, [151, 152, 153]], [birds, [7, 8]]]
"""

import argparse
import sys
from pathlib import Path

from preimage.measures.space.neighbours import components, neighbour_groups
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.images import NEIGHBOURS
from preimage.tables.parquet import read_table, write_table
from preimage.tables.space import COMPONENTS, NEIGHBOUR_GROUPS


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_neighbour_graph", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="groups of classes, as above")
    add("--neighbours", type=Path, required=True, metavar="IN.parquet")
    add("--components", type=Path, required=True, metavar="OUT.parquet")
    add("--groups", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write both tables for the neighbours that are given."""
    groups = dict(read_plan(args.plan, ("groups",))["groups"])
    neighbours = read_table(args.neighbours, NEIGHBOURS)
    write_table(components(neighbours), args.components, COMPONENTS)
    write_table(neighbour_groups(neighbours, groups), args.groups, NEIGHBOUR_GROUPS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
