"""Draw class images by the mean activations of two feature maps, as PNG and PDF.

The plan is that of `preimage.steps.measure_maps`. The axes are the first two of its maps. Of
several seeds the first is drawn.
"""

import argparse
import sys
from pathlib import Path

from preimage.blocks import read_pictures
from preimage.figures.space import by_axis, draw_plane
from preimage.figures.style import plot
from preimage.figures.thumbnails import page, picture_of
from preimage.measures.statistics.seeds import of_first_seed
from preimage.status import OK
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.parquet import read_table
from preimage.tables.space import MAP_MEANS

KEYS = ("space", "code", "set", "network", "judge", "layer", "maps", "batch_norm")


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_maps", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add("--means", type=Path, required=True, metavar="IN.parquet")
    add_pictures(parser)
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, KEYS)
    means = read_table(args.means, MAP_MEANS)
    means = of_first_seed(means[means.status == OK])
    pictures = read_pictures(args.images, args.items)
    across, up = plan["maps"][:2]
    address = {**plan, "seed": ", ".join(map(str, means.seed.unique()))}
    wide = page(means["class"].nunique())
    with plot(args.output, address, height=0.85 * wide, width=wide) as figure:
        figure.suptitle(title(plan))
        if means.empty:
            figure.text(0.5, 0.5, "no class image to show", ha="center")
            return
        axes = figure.subplots()
        axes.set_xlabel(f"mean activation of map {across}")
        axes.set_ylabel(f"mean activation of map {up}")
        plane = by_axis(means, "map", "mean")
        seed = int(means.seed.iloc[0])
        picture = picture_of(pictures, plan["set"], plan["network"], seed)
        address["shown"] = draw_plane(axes, plane, (across, up), picture)


def title(plan: dict[str, object]) -> str:
    """Return the line that says what a space is of."""
    norm = "" if plan["batch_norm"] else ", its BatchNorms switched off"
    images = str(plan["set"]).replace("_", " ")
    return f"{images} of {plan['network']} in the maps of {plan['judge']}:{plan['layer']}{norm}"


if __name__ == "__main__":
    sys.exit(run(main, parser()))
