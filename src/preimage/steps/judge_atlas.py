"""Judge what the page claims of feature maps by depth, and of one map's pictures made two ways.

The plan says in what the pictures of each comparison differ:

    comparisons: {raw_and_octaves: recipe, metrics: metric}
"""

import argparse
import sys
from pathlib import Path

from preimage.measures.atlas.claims import claims
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.atlas import FEATURE_MAPS, FEATURE_SIMILARITY
from preimage.tables.claims import CLAIMS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("judge_atlas", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what is compared, as above")
    add("--maps", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--similarity", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--claims", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the verdicts on what the plan in `args` names."""
    plan = read_plan(args.plan, ("comparisons",))
    maps = read_tables(args.maps, FEATURE_MAPS)
    similarity = read_tables(args.similarity, FEATURE_SIMILARITY)
    write_table(claims(maps, similarity, plan["comparisons"]), args.claims, CLAIMS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
