"""Judge what the pages claim of pictures by two networks, vectorised ones, and sums of classes.

The plan has the comparisons as `preimage.steps.compare_images` takes them, the runs of pairs, the
runs that match the output of photos, the networks that judge, and the names of all classes:

    comparisons:
      - {name: vectorised, code: B4, columns: [...]}
    pairs:
      - {set: additions, network: resnet50, kind: sum, networks: [resnet50]}
    photos:
      - {set: vectorised_photos, network: resnet50}
    judges: [resnet50, googlenet, inception_v3]
    classes: [tench, goldfish]
"""

import argparse
import sys
from pathlib import Path

import msgspec
import pandas as pd

from preimage.measures.comparisons.claims import Found, claims
from preimage.measures.comparisons.sides import Comparison, Side
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.claims import CLAIMS
from preimage.tables.comparisons import COMPARED_IMAGES, COMPARISONS, PAIRS, PIXELS
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("judge_comparisons", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what is compared, as above")
    add("--compared", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--comparisons", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--pairs", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--photos", type=Path, nargs="*", default=[], metavar="RECONSTRUCTIONS.parquet")
    add("--claims", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the verdicts on what the plan in `args` names."""
    plan = read_plan(args.plan, ("comparisons", "pairs", "photos", "judges", "classes"))
    compared = read_tables(args.compared, COMPARED_IMAGES)
    statistics = read_tables(args.comparisons, COMPARISONS)
    pairs = read_tables(args.pairs, PAIRS)
    photos = pd.DataFrame(plan["photos"], columns=["set", "network"])
    seen_by = [PIXELS, *plan["judges"]]
    found = Found(
        compared[compared.by.isin(seen_by)],
        statistics[statistics.by.isin(seen_by)],
        pairs[pairs.judge.isin(plan["judges"])],
        read_tables(args.photos, RECONSTRUCTIONS).merge(photos),
    )
    sides = msgspec.convert(plan["comparisons"], list[Comparison])
    runs = msgspec.convert(plan["pairs"], list[Side])
    write_table(claims(found, sides, runs, plan["classes"]), args.claims, CLAIMS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
