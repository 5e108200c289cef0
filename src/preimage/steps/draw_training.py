"""Draw how the networks of the demo world were trained, as PNG and PDF.

The plan is such as

    study: demo
    style: {}

where style takes the keys of `preimage.figures.look.Look`, all optional.
"""

import argparse
import sys
from pathlib import Path

from preimage.figures.curves import draw_training
from preimage.figures.look import Look
from preimage.figures.style import plot
from preimage.steps.cli import run
from preimage.steps.plans import read_plan
from preimage.tables import TRAINING, read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m preimage.steps.draw_training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add("--histories", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw all of the histories given."""
    plan = read_plan(args.plan, ("study", "style"))
    Look.read(plan["style"], f"{args.plan}, style")
    histories = read_tables(args.histories, TRAINING)
    networks = list(histories.network.unique())
    with plot(args.output, {"study": plan["study"], "network": networks}, height=2.8) as figure:
        draw_training(figure, histories)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
