"""Draw the principal components of a network's class images, as PNG and PDF.

Above how much of the variance each explains, below the classes along the first two. The plan is

    set: class_images
    network: googlenet

Of several seeds the first is drawn.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from preimage.blocks import read_pictures
from preimage.figures.space import by_axis, draw_plane, draw_scree
from preimage.figures.style import plot
from preimage.figures.thumbnails import page, picture_of
from preimage.measures.statistics.seeds import of_first_seed
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.parquet import read_table
from preimage.tables.space import PRINCIPAL_COMPONENTS, PRINCIPAL_COORDINATES


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_principal_components", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add("--components", type=Path, required=True, metavar="IN.parquet")
    add("--coordinates", type=Path, required=True, metavar="IN.parquet")
    add_pictures(parser)
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("set", "network"))
    components = _of(read_table(args.components, PRINCIPAL_COMPONENTS), plan)
    coordinates = _of(read_table(args.coordinates, PRINCIPAL_COORDINATES), plan)
    pictures = read_pictures(args.images, args.items)
    address = {**plan, "seed": ", ".join(map(str, components.seed.unique()))}
    wide = page(coordinates["class"].nunique())
    with plot(args.output, address, height=0.9 * wide + 1.7, width=wide) as figure:
        figure.suptitle(f"Logits of {plan['network']} on its own {plan['set'].replace('_', ' ')}")
        if len(components) < 2:
            figure.text(0.5, 0.5, "too few class images for two components", ha="center")
            return
        above, below = figure.subplots(2, 1, height_ratios=(1.7, 0.8 * wide))
        draw_scree(above, components)
        shares = components.set_index("component").explained
        below.set_xlabel(f"component 1 ({shares[1]:.1%} of the variance)")
        below.set_ylabel(f"component 2 ({shares[2]:.1%})")
        plane = by_axis(coordinates, "component", "coordinate")
        seed = int(components.seed.iloc[0])
        picture = picture_of(pictures, plan["set"], plan["network"], seed)
        address["shown"] = draw_plane(below, plane, (1, 2), picture)


def _of(table: pd.DataFrame, plan: dict[str, str]) -> pd.DataFrame:
    """Return the rows of one network and its first seed."""
    return of_first_seed(table[(table.set == plan["set"]) & (table.network == plan["network"])])


if __name__ == "__main__":
    sys.exit(run(main, parser()))
