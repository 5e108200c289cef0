"""Write how often results carry the shape, colour and texture of the demo world that they should.

The plan says what world it is and what each image set asks of its classes, such as

    {"world": {"shapes": [...], "colours": [...], "textures": [...]},
     "objectives": {"opposites": "-A", "additions": "A + B", "subtractions": "A - B"}}

Sets that ask anything but A, -A, A + B, min(A, B) or A - B have no rows.
"""

import argparse
import json
import sys
from pathlib import Path

from preimage.measures.images.factors import factors
from preimage.networks.world import World
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.images import FACTORS, LOGITS, PREDICTIONS
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_factors", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="JSON or YAML file as above")
    add("--predictions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--logits", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--factors", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the statistics of the sets whose predictions and logits are given."""
    plan = read_plan(args.plan, ("world", "objectives"))
    found = factors(
        read_tables(args.predictions, PREDICTIONS),
        read_tables(args.logits, LOGITS),
        World(**plan["world"]),
        plan["objectives"],
    )
    write_table(found, args.factors, FACTORS, {"plan": json.dumps(plan, sort_keys=True)})


if __name__ == "__main__":
    sys.exit(run(main, parser()))
