"""Judge what the pages claim of merged networks by how their losses fell and by their pictures.

The plan says where the class images of each are, and those of the network that it started from, and
which networks judge: those that have learnt something.

    pictures:
      - {network: all, origin: resnet50, set: class_images_after_all, origin_sets: [class_images]}
    judges: [resnet50, googlenet, inception_v3]
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from preimage.errors import UserError, check_keys
from preimage.measures.merging.claims import Pictures, claims
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.claims import CLAIMS
from preimage.tables.images import PREDICTIONS
from preimage.tables.merging import MERGING_IMAGES
from preimage.tables.parquet import read_tables, write_table

_KEYS = tuple(field.name for field in fields(Pictures))


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("judge_merging", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="where pictures are, as above")
    add("--measured", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--predictions", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--claims", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the verdicts on the networks whose pictures are given."""
    plan = read_plan(args.plan, ("pictures", "judges"))
    measured = read_tables(args.measured, MERGING_IMAGES)
    pictures = [_pictures(entry, args.plan) for entry in plan["pictures"]]
    if absent := {made.network for made in pictures} - set(measured["network"]):
        raise UserError(f"{args.plan}: what {min(absent)} learnt is not given with --measured")
    told = read_tables(args.predictions, PREDICTIONS)
    found = claims(measured, told[told.judge.isin(plan["judges"])], pictures)
    write_table(found, args.claims, CLAIMS)


def _pictures(entry: Mapping[str, Any], where: Path) -> Pictures:
    check_keys(entry, _KEYS, where)
    if missing := [key for key in _KEYS if key not in entry]:
        raise UserError(f"{where}: {', '.join(missing)} missing in {dict(entry)}")
    return Pictures(**{**entry, "origin_sets": tuple(entry["origin_sets"])})


if __name__ == "__main__":
    sys.exit(run(main, parser()))
