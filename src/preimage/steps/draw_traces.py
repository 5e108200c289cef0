"""Draw the loss and the gradient of the descents of one set by one network, as PNG and PDF.

The plan is such as

    set: class_images
    network: resnet18
    octaves: [100, 60]      # iterations of each octave of the recipe
"""

import argparse
import sys
from pathlib import Path

from preimage.blocks import of
from preimage.figures.curves import draw_traces
from preimage.figures.pictures import address, circumstances, heading
from preimage.figures.style import plot
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.images import ITEMS, TRACE
from preimage.tables.parquet import read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_traces", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add("--traces", type=Path, nargs="+", required=True, metavar="BLOCK.trace.parquet")
    add("--items", type=Path, nargs="+", required=True, metavar="BLOCK.items.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("set", "network", "octaves"))
    traces = of(read_tables(args.traces, TRACE), plan["set"], plan["network"])
    items = of(read_tables(args.items, ITEMS), plan["set"], plan["network"])
    status = items.set_index(["item", "seed"]).status
    with plot(args.output, address(items), height=4.2) as figure:
        figure.suptitle(f"{heading(items)}\n{circumstances(items)}")
        draw_traces(figure, traces, status, plan["octaves"])


if __name__ == "__main__":
    sys.exit(run(main, parser()))
