"""Draw the pictures of one target, frame by frame, as films, as a strip, and as curves.

Each frame shows the picture and the logits that the network which made it gives it; the strip some
of the pictures; the curves the logits of the targets by every judge. The plan is such as

    set: transfigurations
    network: inception_v3
    item: "250+251"
    items: ["250+251.000", "250+251.001", "250+251.002"]    # the frames
    seed: 999
    objective: (1 - t) * Siberian husky + t * dalmatian     # in words
    along: t                                                # or step
    classes: [[250, Siberian husky], [251, dalmatian]]      # to mark: one or two
    look: {fps: 20, logits: [-10, 80]}

where the keys of look are optional: frames in a second, and what the axis of logits shows at least.
"""

import argparse
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from preimage.blocks import of, read_pictures
from preimage.errors import check_keys
from preimage.figures.animation import Animation, LogitPanel, Stage
from preimage.figures.films import FPS, write_gif, write_mp4
from preimage.figures.logit_curves import draw_logit_curves
from preimage.figures.moments import frames, logits_by_judge, moments
from preimage.figures.pictures import circumstances, heading, own_words
from preimage.figures.sheet import sheet
from preimage.figures.strip import SIDE, in_strip
from preimage.figures.style import WIDTH, plot, save_picture
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.draw_grid import tiles
from preimage.steps.plans import read_plan
from preimage.tables.images import LOGITS, PREDICTIONS
from preimage.tables.parquet import read_table

KEYS = ("set", "network", "item", "items", "seed", "objective", "along", "classes", "look")

_LINE = 100  # characters of the heading of curves
_ROOM = 0.1  # above and below all logits, as a share of their range


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_animation", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add_pictures(parser)
    add("--predictions", type=Path, required=True, metavar="IN.parquet")
    add("--logits", type=Path, required=True, metavar="IN.parquet")
    add("--mp4", type=Path, required=True, metavar="OUT.mp4")
    add("--gif", type=Path, required=True, metavar="OUT.gif")
    add("--strip", type=Path, required=True, metavar="OUT.png")
    add("--curves", type=Path, required=True, metavar="OUT.png", help="a PDF is written beside it")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, KEYS)
    check_keys(plan["look"], ("fps", "logits"), f"{args.plan}, look")
    rows = frames(_of(plan, read_pictures(args.images, args.items)), plan["items"], plan["along"])
    said = own_words(_of(plan, read_table(args.predictions, PREDICTIONS)))
    logits = logits_by_judge(rows, _of(plan, read_table(args.logits, LOGITS)))
    own = logits[plan["network"]]
    title, about = f"{heading(rows)} · {plan['objective']}", _address(plan, rows)
    film = Animation(_stage(title, plan, own), moments(rows, own, said))
    for write, path in ((write_mp4, args.mp4), (write_gif, args.gif)):
        write(film, path, plan["look"].get("fps", FPS), about)
    save_picture(_strip(title, rows, said), args.strip, about)
    with plot(args.curves, about, height=2.8, width=max(WIDTH, 2.6 * len(logits))) as figure:
        figure.suptitle(fill(title, _LINE))
        draw_logit_curves(figure, logits, dict(plan["classes"]), (plan["along"], rows.along))


def _of(plan: Mapping[str, Any], table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table of pictures that are of the plan's run and seed."""
    rows = of(table, plan["set"], plan["network"])
    return rows[rows.seed == plan["seed"]]


def _stage(title: str, plan: Mapping[str, Any], logits: NDArray[np.float32]) -> Stage:
    """Return the stage, with room for the logits of all frames."""
    known = np.append(logits[np.isfinite(logits)], plan["look"].get("logits", []))
    low, high = (known.min(), known.max()) if len(known) else (0, 0)
    room = _ROOM * (high - low) or 1
    panel = partial(
        LogitPanel,
        targets=dict(plan["classes"]),
        classes=logits.shape[1],
        span=(low - room, high + room),
    )
    return Stage(title, panel)


def _strip(title: str, rows: pd.DataFrame, said: pd.DataFrame) -> Image.Image:
    """Return the pictures of `in_strip` in a row."""
    shown = in_strip(rows)
    remark = (
        f"{circumstances(rows)} · {len(shown)} of {len(rows)} frames, below each the network's "
        "first class and its probability"
    )
    cells = tiles(shown.assign(target=shown.words), said)
    return sheet(cells, columns=len(cells), side=SIDE, heading=title, remark=remark)


def _address(plan: Mapping[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
    """Return what the figures show: what was asked for, and what all frames share."""
    shared = ["code", "layer", "recipe", "recipe_digest", "precision"]
    asked = {key: plan[key] for key in ("set", "network", "item", "seed", "objective")}
    return asked | {"frames": len(rows)} | rows[shared].iloc[0].to_dict()


if __name__ == "__main__":
    sys.exit(run(main, parser()))
