"""Judge what the pages claim of layers by their depth by what reconstructions show.

The plan says of each run what its network is (trained, untrained or noise: what it was trained
on) and whether its recipe blurs:

    runs:
      - {set: reconstructions, network: mine, architecture: resnet50, state: trained, blur: true}
      - {set: reconstructions, network: new, architecture: resnet50, state: untrained, blur: true}
"""

import argparse
import sys
from pathlib import Path

from preimage.measures.depth.claims import claims
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.steps.runs import read_runs
from preimage.tables.claims import CLAIMS
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.images import TRACE
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("judge_depth", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what the runs are, as above")
    add("--reconstructions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--traces", type=Path, nargs="+", required=True, metavar="BLOCK.trace.parquet")
    add("--claims", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the verdicts on the runs of the plan in `args`."""
    plan = read_plan(args.plan, ("runs",))
    reconstructions = read_tables(args.reconstructions, RECONSTRUCTIONS)
    runs = read_runs(plan["runs"], reconstructions, args.plan)
    found = claims(reconstructions, read_tables(args.traces, TRACE), runs)
    write_table(found, args.claims, CLAIMS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
