"""Judge what the page claims of opposites by those of a study.

The plan is such as

    groups: [[dogs, [151, 152]], [cats, [281]]]     # the numbers of their classes
    networks: [googlenet]                           # to be judged
"""

import argparse
import sys
from pathlib import Path

from preimage.measures.opposites.claims import claims
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.claims import CLAIMS
from preimage.tables.images import OPPOSITES
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("judge_opposites", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="groups and networks, as above")
    add("--opposites", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--claims", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the verdicts on the opposites given."""
    plan = read_plan(args.plan, ("groups", "networks"))
    opposites = read_tables(args.opposites, OPPOSITES)
    judged = opposites[opposites.network.isin(plan["networks"])]
    write_table(claims(judged, dict(plan["groups"])), args.claims, CLAIMS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
