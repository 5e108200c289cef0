"""Write the means of what the pictures of maps look like, layer by layer.

The plan names the networks that say whether they see an object in a run's pictures:

    runs:
      - {set: maps, network: resnet50, witnesses: [googlenet]}
"""

import argparse
import sys
from pathlib import Path

from preimage.measures.atlas.layers import tabulate
from preimage.measures.atlas.objectness import with_objectness
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.atlas import FEATURE_MAPS, LAYERS_BY_DEPTH
from preimage.tables.images import LOGITS
from preimage.tables.parquet import read_table, read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("tabulate_atlas", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what was made, as above")
    add("--maps", type=Path, required=True, metavar="IN.parquet")
    add("--logits", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--scrambled", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--layers", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the table for the maps that `args` name."""
    plan = read_plan(args.plan, ("runs",))
    maps = read_table(args.maps, FEATURE_MAPS)
    said = [read_tables(files, LOGITS) for files in (args.logits, args.scrambled)]
    known = with_objectness(maps, *said, plan["runs"])
    write_table(tabulate(known), args.layers, LAYERS_BY_DEPTH)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
