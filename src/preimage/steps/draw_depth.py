"""Draw what is left of photos by the depth of the layer, as PNG and PDF.

The plan is such as

    show: distances       # of all sets, a panel a network; or gradients, of the runs of one set
    runs:
      - {set: reconstructions, network: mine, architecture: resnet50, state: trained, blur: true}

where runs are as in `preimage.steps.judge_depth`.
"""

import argparse
import sys
from pathlib import Path

from preimage.errors import UserError
from preimage.figures.depth import draw_distances, draw_gradients, height
from preimage.figures.style import plot
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.steps.runs import read_runs
from preimage.tables.depth import DEPTH
from preimage.tables.parquet import read_table

FIGURES = {"distances": draw_distances, "gradients": draw_gradients}


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_depth", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add("--depth", type=Path, required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("show", "runs"))
    if plan["show"] not in FIGURES:
        raise UserError(f"{args.plan}: show is {plan['show']!r}, not {' or '.join(FIGURES)}")
    depth = read_table(args.depth, DEPTH)
    runs = read_runs(plan["runs"], depth, args.plan)
    if not runs:
        raise UserError(f"{args.depth}: none of the runs of {args.plan} is there")
    about = {key: list(dict.fromkeys(getattr(r, key) for r in runs)) for key in ("set", "network")}
    about |= {"show": plan["show"], "layer": list(dict.fromkeys(x for r in runs for x in r.layers))}
    inches = height(len(about["network"])) if plan["show"] == "distances" else 3.4
    with plot(args.output, about, inches) as figure:
        FIGURES[plan["show"]](figure, depth, runs)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
