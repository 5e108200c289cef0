"""Draw the graph class -> opposite of one network as PNG and PDF.

The plan holds the groups of classes in their order, such as

    groups: [[dogs, [151, 152]], [cats, [281]]]

Of several seeds the first is drawn.
"""

import argparse
import sys
from pathlib import Path

from preimage.figures.opposite_graphs import draw_graph, width
from preimage.figures.style import plot
from preimage.measures.opposites.cycles import known
from preimage.measures.statistics.seeds import of_first_seed
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.images import OPPOSITES
from preimage.tables.opposites import CYCLES
from preimage.tables.parquet import read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_opposite_graph", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="the groups, as above")
    add("--network", required=True, help="its name")
    add("--opposites", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--cycles", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw the graph of the network named in `args`."""
    groups = dict(read_plan(args.plan, ("groups",))["groups"])
    opposites, cycles = (
        table[table.network == args.network]
        for table in (read_tables(args.opposites, OPPOSITES), read_tables(args.cycles, CYCLES))
    )
    first = of_first_seed(opposites)
    rows, cycles = known(first), cycles[cycles.seed.isin(first.seed)]
    about = {"network": args.network, "set": list(first.set.unique())}
    about |= {"seed": ", ".join(map(str, first.seed.unique())), "classes": len(rows)}
    known_of = f"{len(rows)} of {len(first)} classes"
    with plot(args.output, about, height=width(rows), width=width(rows)) as figure:
        figure.suptitle(f"class → opposite by {args.network} ({known_of})")
        draw_graph(figure, rows, cycles, groups)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
