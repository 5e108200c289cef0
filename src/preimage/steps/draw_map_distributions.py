"""Draw how mean activations of feature maps are distributed over classes, as PNG and PDF.

The plan is that of `preimage.steps.measure_maps`. Of several seeds the first is drawn.
"""

import argparse
import sys
from pathlib import Path

from preimage.figures.space import draw_distributions
from preimage.figures.style import WIDTH, plot
from preimage.measures.statistics.seeds import of_first_seed
from preimage.steps.cli import run, step_parser
from preimage.steps.draw_maps import KEYS, title
from preimage.steps.plans import read_plan
from preimage.tables.parquet import read_table
from preimage.tables.space import MAP_DISTRIBUTIONS, MAP_MEANS


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_map_distributions", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add("--means", type=Path, required=True, metavar="IN.parquet")
    add("--distributions", type=Path, required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, KEYS)
    means = read_table(args.means, MAP_MEANS)
    found = read_table(args.distributions, MAP_DISTRIBUTIONS)
    found = of_first_seed(found[found.space == plan["space"]])
    address = {**plan, "seed": ", ".join(map(str, found.seed.unique()))}
    rows = max(1, -(-len(found) // 2))
    with plot(args.output, address, height=0.5 + WIDTH * 0.37 * rows) as figure:
        figure.suptitle(title(plan))
        if found.empty:
            figure.text(0.5, 0.5, "no class image to show", ha="center")
            return
        draw_distributions(figure, means[means.seed.isin(found.seed)], found)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
