"""Draw the pictures of a map whose neurons are added one by one, as films, as a strip, and what
each neuron changes as curves.

The plan is such as

    set: reading_order
    network: inception_v3
    item: Mixed_6b[654]
    items: ["Mixed_6b[654].000", "Mixed_6b[654].001"]       # the frames
    seed: 999
    look: {fps: 20}

where the keys of look are optional, and those of other animations do nothing.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from preimage.blocks import of, read_image, read_pictures
from preimage.figures.animation import Animation, Moment, Stage
from preimage.figures.films import Film
from preimage.figures.look import FPS
from preimage.figures.moments import frames
from preimage.figures.neurons import NeuronPanel, Newest, draw_changes
from preimage.figures.pictures import circumstances
from preimage.figures.sheet import Tile, sheet
from preimage.figures.strips import SIDE, in_strip
from preimage.figures.style import plot, save_picture
from preimage.measures.features.reading import newest
from preimage.status import OK
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.features import READING_ORDER
from preimage.tables.parquet import read_table

KEYS = ("set", "network", "item", "items", "seed", "look")


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_reading_order", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add_pictures(parser)
    add("--changes", type=Path, required=True, metavar="IN.parquet")
    add("--mp4", type=Path, required=True, metavar="OUT.mp4")
    add("--gif", type=Path, required=True, metavar="OUT.gif")
    add("--strip", type=Path, required=True, metavar="OUT.png")
    add("--curves", type=Path, required=True, metavar="OUT.png", help="a PDF is written beside it")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, KEYS)
    pictures = of(read_pictures(args.images, args.items), plan["set"], plan["network"])
    pictures = pictures[pictures.seed == plan["seed"]]
    rows = frames(pictures, plan["items"], "step")
    neurons = [Newest(*newest(objective).index[1:]) for objective in rows.objective]
    rows = rows.assign(words=[f"up to [{row}, {column}]" for row, column in neurons])
    title, about = _title(plan), _address(plan, rows)
    size = np.max(neurons, axis=0) + 1
    stage = Stage(title, partial(NeuronPanel, shape=tuple(size)))
    shown = Animation(stage, _moments(rows, neurons))
    Film(shown, plan["look"].get("fps", FPS), about).save(args.mp4)
    save_picture(_strip(title, rows), args.strip, about)
    changes = of(read_table(args.changes, READING_ORDER), plan["set"], plan["network"])
    changes = changes[(changes.target == plan["item"]) & (changes.seed == plan["seed"])]
    with plot(args.curves, about, height=3.0) as figure:
        figure.suptitle(f"{title}\nwhat one more neuron changes")
        draw_changes(figure, changes)


def _title(plan: Mapping[str, Any]) -> str:
    return f"{plan['set'].replace('_', ' ')} · {plan['network']}:{plan['item']}"


def _moments(rows: pd.DataFrame, neurons: Sequence[Newest]) -> list[Callable[[], Moment]]:
    """Return each frame as something to call, which reads its picture."""
    pairs = zip(rows.to_dict("records"), neurons, strict=True)
    return [partial(_moment, row, neuron) for row, neuron in pairs]


def _moment(row: Mapping[str, Any], neuron: Newest) -> Moment:
    pixels = read_image(row["file"], row["row"]) if row["status"] == OK else None
    words = f"neurons {row['words']} · loss {row['loss_end']:.4g}"
    return Moment(pixels, neuron, words, row["status"])


def _strip(title: str, rows: pd.DataFrame) -> Image.Image:
    """Return some of the pictures in a row, below each how many neurons it is of."""
    shown = in_strip(rows)
    tiles = [
        Tile(row.words, row.pixels, f"neurons: {row.frame + 1}", status=row.status)
        for row in shown.itertuples()
    ]
    remark = (
        f"{circumstances(rows)} · {len(shown)} of {len(rows)} frames, above each its last neuron"
    )
    return sheet(tiles, columns=len(tiles), side=SIDE, heading=title, remark=remark)


def _address(plan: Mapping[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
    """Return what the figures show: what was asked for, and what all frames share."""
    shared = ["code", "layer", "recipe", "recipe_digest", "precision"]
    asked = {key: plan[key] for key in ("set", "network", "item", "seed")}
    return asked | {"frames": len(rows)} | rows[shared].iloc[0].to_dict()


if __name__ == "__main__":
    sys.exit(run(main, parser()))
