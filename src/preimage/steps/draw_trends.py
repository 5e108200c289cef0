"""Draw what the pictures of maps look like by the depth of their layer, as PNG and PDF.

The plan names the runs to show, each of several layers:

    runs:
      - {set: maps, network: inception_v3}
"""

import argparse
import sys
from pathlib import Path

from preimage.errors import UserError
from preimage.figures.style import plot
from preimage.figures.trends import draw_trends, height
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.atlas import FEATURE_STARTS, LAYERS_BY_DEPTH
from preimage.tables.parquet import read_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_trends", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add("--layers", type=Path, required=True, metavar="IN.parquet")
    add("--starts", type=Path, required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("runs",))
    layers = read_table(args.layers, LAYERS_BY_DEPTH)
    starts = read_table(args.starts, FEATURE_STARTS)
    runs = [(entry["set"], entry["network"]) for entry in plan["runs"]]
    known = {*zip(layers["set"], layers.network, strict=True)}
    if missing := [run for run in runs if run not in known]:
        raise UserError(f"{args.layers}: no layers of the run {' of '.join(missing[0])}")
    shown = list(dict.fromkeys(layers.layer))
    with plot(args.output, {"runs": plan["runs"], "layer": shown}, height(shown)) as figure:
        draw_trends(figure, layers, starts, runs)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
