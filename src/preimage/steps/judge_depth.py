"""Judge what the pages claim of layers by their depth by what reconstructions show.

The plan says of each run what its network is (trained, untrained or noise: what it was trained
on) and whether its recipe blurs:

    runs:
      - {set: reconstructions, network: mine, architecture: resnet50, state: trained, blur: true}
      - {set: reconstructions, network: new, architecture: resnet50, state: untrained, blur: true}
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from preimage.errors import UserError, check_keys
from preimage.measures.claims_by_depth import claims
from preimage.measures.stages import STATES, Run
from preimage.steps.cli import run
from preimage.steps.plans import read_plan
from preimage.tables.claims import CLAIMS
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.images import TRACE
from preimage.tables.parquet import read_tables, write_table

_KEYS = ("set", "network", "architecture", "state", "blur")


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m preimage.steps.judge_depth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
    runs = [_run(entry, reconstructions, args.plan) for entry in plan["runs"]]
    found = claims(reconstructions, read_tables(args.traces, TRACE), runs)
    write_table(found, args.claims, CLAIMS)


def _run(entry: Mapping[str, Any], reconstructions: pd.DataFrame, where: Path) -> Run:
    """Return an entry of the plan with the layers that its photos were reconstructed from."""
    check_keys(entry, _KEYS, where)
    if missing := [key for key in _KEYS if key not in entry]:
        raise UserError(f"{where}: {', '.join(missing)} missing in a run")
    if entry["state"] not in STATES:
        raise UserError(f"{where}: {entry['state']!r} is no state; known: {', '.join(STATES)}")
    same = (reconstructions.set == entry["set"]) & (reconstructions.network == entry["network"])
    layers = reconstructions[same].sort_values("depth").layer.unique()
    return Run(**entry, layers=tuple(layers))


if __name__ == "__main__":
    sys.exit(run(main, parser()))
