"""Draw how the distances of layer and picture go along the descents of a set, as PNG and PDF.

The plan is such as

    runs:
      - {set: reconstructions, network: mine, architecture: resnet50, state: trained, blur: true}

where runs are as in `preimage.steps.judge_depth`, all of one set.
"""

import argparse
import sys
from pathlib import Path

from preimage.errors import UserError
from preimage.figures.depth import height
from preimage.figures.style import plot
from preimage.figures.trajectories import draw_trajectories
from preimage.status import OK
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.steps.runs import read_runs
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.images import TRACE
from preimage.tables.parquet import read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_trajectories", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add("--reconstructions", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--traces", type=Path, nargs="+", required=True, metavar="BLOCK.trace.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("runs",))
    descents = read_tables(args.reconstructions, RECONSTRUCTIONS)
    runs = read_runs(plan["runs"], descents, args.plan)
    if len({r.set for r in runs}) != 1:
        raise UserError(f"{args.plan}: give the runs of one image set, of which descents are there")
    about = {"set": runs[0].set, "network": [r.network for r in runs]}
    about |= {key: list(descents[key].unique()) for key in ("layer", "photo", "recipe")}
    traces = read_tables(args.traces, TRACE)
    with plot(args.output, about, height(len(runs))) as figure:
        draw_trajectories(figure, traces, descents[descents.status == OK], runs)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
