"""Judge what the pages claim of the space of classes by the tables of a study.

Tables that a study does not have are left out. The plan is such as

    networks: [resnet50, googlenet]     # to be judged: those that make class images and have learnt
    spaces: [latent]                    # to be judged
    googlenets: [googlenet]             # whose values the author published: torchvision's weights
"""

import argparse
import sys
from pathlib import Path

from preimage.measures.space.claims import claims
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.claims import CLAIMS
from preimage.tables.images import NEIGHBOURS
from preimage.tables.parquet import read_tables, write_table
from preimage.tables.space import MAP_DISTRIBUTIONS, NEIGHBOUR_GROUPS, PRINCIPAL_COMPONENTS


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("judge_space", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what is known of the networks, as above")
    for name in ("distributions", "neighbours", "groups", "components"):
        add(f"--{name}", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--claims", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the verdicts on the tables in `args`."""
    plan = read_plan(args.plan, ("networks", "spaces", "googlenets"))
    distributions = read_tables(args.distributions, MAP_DISTRIBUTIONS)
    groups = read_tables(args.groups, NEIGHBOUR_GROUPS)
    found = claims(
        distributions[distributions.space.isin(plan["spaces"])],
        read_tables(args.neighbours, NEIGHBOURS),
        groups[groups.network.isin(plan["networks"])],
        read_tables(args.components, PRINCIPAL_COMPONENTS),
        plan["googlenets"],
    )
    write_table(found, args.claims, CLAIMS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
