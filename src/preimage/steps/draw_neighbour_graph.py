"""Draw the graph of nearest neighbours of the classes of one network, as PNG and PDF.

The plan is such as

    set: class_images
    network: googlenet
    kind: second logit      # or L2 distance: how a class finds its neighbour
    groups: [[dogs, [151, 152, 153]], [birds, [7, 8]]]

A class is tinted by the first of groups that it is in; there may be none. Of several
seeds the first is drawn.
"""

import argparse
import sys
from pathlib import Path

from preimage.errors import UserError
from preimage.figures.graphs import arranged, draw_graph
from preimage.figures.style import WIDTH, plot
from preimage.measures.space.neighbours import KINDS, connected, graph, own
from preimage.measures.statistics.seeds import of_first_seed
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.images import NEIGHBOURS
from preimage.tables.parquet import read_table

_AROUND = 0.9  # inches for title and legend
_ARROWS = {
    "second logit": "what its network finds most in its picture but itself",
    "L2 distance": "the class whose picture has the nearest logits",
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_neighbour_graph", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add("--neighbours", type=Path, required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("set", "network", "kind", "groups"))
    if plan["kind"] not in KINDS:
        raise UserError(f"{args.plan}: kind is {plan['kind']!r}: use one of {', '.join(KINDS)}")
    table = own(read_table(args.neighbours, NEIGHBOURS))
    table = table[(table.set == plan["set"]) & (table.network == plan["network"])]
    table = of_first_seed(table)
    address = {key: plan[key] for key in ("set", "network", "kind")}
    address["seed"] = ", ".join(map(str, table.seed.unique()))
    if table.empty:
        with plot(args.output, address, height=2) as figure:
            figure.text(0.5, 0.5, "no class image that the network could judge", ha="center")
        return
    found = graph(table, plan["kind"])
    layout = arranged(found)
    size = {"height": layout.height + _AROUND, "width": max(WIDTH, layout.width + 0.2)}
    with plot(args.output, address, **size) as figure:
        parts = connected(found)
        figure.suptitle(
            f"Classes of {plan['network']}, each with an arrow to its neighbour: "
            f"{_ARROWS[plan['kind']]}.\n"
            f"{len(found)} classes, {len(parts)} components, the largest of {len(parts[0])}"
        )
        draw_graph(figure, found, layout, dict(plan["groups"]))


if __name__ == "__main__":
    sys.exit(run(main, parser()))
