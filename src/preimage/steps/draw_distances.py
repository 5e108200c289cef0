"""Draw the distances between the class images of one network as a heat map, as PNG and PDF.

The plan is such as

    set: class_images
    network: resnet18       # that made the pictures
    judge: googlenet        # whose logits are compared
    metric: l2              # or l1, or cosine

Of several seeds the first is drawn.
"""

import argparse
import json
import sys
from pathlib import Path

from preimage.errors import UserError
from preimage.figures.heatmaps import METRICS, draw_distances
from preimage.figures.style import WIDTH, plot
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.images import DISTANCES
from preimage.tables.parquet import read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_distances", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add("--distances", type=Path, nargs="+", required=True, metavar="IN.parquet")
    add("--network", type=Path, required=True, metavar="NET.json", help="names the classes")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("set", "network", "judge", "metric"))
    if plan["metric"] not in METRICS:
        raise UserError(
            f"{args.plan}: metric is {plan['metric']!r}: use one of {', '.join(METRICS)}"
        )
    table = read_tables(args.distances, DISTANCES)
    for key in ("set", "network", "judge"):
        table = table[table[key] == plan[key]]
    seeds = table.seed.unique()[:1]
    about = {**plan, "seed": ", ".join(map(str, seeds))}
    names = read_categories(args.network)
    with plot(args.output, about, height=WIDTH * 0.86) as figure:
        figure.suptitle(
            f"{plan['set'].replace('_', ' ')} of {plan['network']}, judged by {plan['judge']}"
        )
        draw_distances(figure, table[table.seed.isin(seeds)], plan["metric"], names)


def read_categories(path: Path) -> list[str]:
    """Return the names of a network's classes. Raises UserError for no description of one."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))["categories"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no description of a network: {error!r}") from error


if __name__ == "__main__":
    sys.exit(run(main, parser()))
