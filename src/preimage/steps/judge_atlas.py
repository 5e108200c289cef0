"""Judge what the page claims of feature maps by depth, and of one map's pictures made two ways.

The plan says how the maps of each run with several layers were made, which runs are the same
without training, and in what pictures of one map differ where the page says that they are alike:

    runs:
      - {set: maps, network: resnet50, recipe: octaves, normalised: true, untrained: false,
         baselines: [{set: maps, network: random, recipe: octaves, ..., untrained: true}]}
    pairs:
      - {comparison: raw_and_octaves, one: raw, other: octaves, kind: recipe}   # or metric
"""

import argparse
import sys
from pathlib import Path

from preimage.measures.feature_maps.claims import claims
from preimage.measures.feature_maps.objectness import with_objectness
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.claims import CLAIMS
from preimage.tables.feature_maps import FEATURE_MAPS, FEATURE_SIMILARITY, PICTURED_OBJECTS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("judge_atlas", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what is compared, as above")
    add("--maps", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--similarity", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--objectness", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--claims", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the verdicts on what the plan in `args` names."""
    plan = read_plan(args.plan, ("runs", "pairs"))
    maps = read_tables(args.maps, FEATURE_MAPS)
    similarity = read_tables(args.similarity, FEATURE_SIMILARITY)
    known = with_objectness(maps, read_tables(args.objectness, PICTURED_OBJECTS))
    write_table(claims(known, similarity, plan["runs"], plan["pairs"]), args.claims, CLAIMS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
