"""Write what a study's comparisons say: how near columns are, and what networks see in them.

The plan is a list of comparisons as `preimage.steps.compare_images` takes them:

    comparisons:
      - {name: vectorised, code: B4, columns: [...]}
"""

import argparse
import sys
from pathlib import Path

import msgspec
import pandas as pd

from preimage.measures.comparisons.columns import tabulate
from preimage.measures.comparisons.sides import Comparison
from preimage.measures.images.predictions import with_logits
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.comparisons import COMPARED_IMAGES, COMPARISONS
from preimage.tables.images import LOGITS, PREDICTIONS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_comparisons", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what is compared, as above")
    add("--compared", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--predictions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--logits", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--comparisons", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the statistics of the comparisons in the plan of `args`."""
    plan = read_plan(args.plan, ("comparisons",))
    compared = read_tables(args.compared, COMPARED_IMAGES)
    said, full = read_tables(args.predictions, PREDICTIONS), read_tables(args.logits, LOGITS)
    told = with_logits(said, full)
    found = [
        tabulate(one, compared[compared.comparison == one.name], told)
        for one in msgspec.convert(plan["comparisons"], list[Comparison])
    ]
    write_table(pd.concat(found), args.comparisons, COMPARISONS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
