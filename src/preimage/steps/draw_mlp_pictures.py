"""Draw a photo and what descents on fully connected networks make of it, as PNG and PDF.

A row for each number of iterations, a column for each shape; of several seeds the first.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open

from preimage.errors import UserError
from preimage.figures.mlps import RELU, draw_pictures
from preimage.figures.style import WIDTH, plot
from preimage.steps.cli import run, step_parser


class Found(NamedTuple):
    """The last input of a curve's first seed, the photo [3, side, side] both, and the plan."""

    image: np.ndarray
    photo: np.ndarray
    plan: dict[str, Any]


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_mlp_pictures", __doc__)
    add = parser.add_argument
    add("--inputs", type=Path, nargs="+", required=True, metavar="CURVE.safetensors")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw the last inputs of one experiment's curves."""
    found = [read_inputs(path) for path in args.inputs]
    first = found[0].plan
    rows = []
    for iterations in dict.fromkeys(f.plan["iterations"] for f in found):
        mine = [(title(f), f.image) for f in found if f.plan["iterations"] == iterations]
        rows.append((f"{iterations:,} steps", [(first["photo"]["name"], found[0].photo), *mine]))
    about = {key: first[key] for key in ("name", "code", "relu")} | {
        "photo": first["photo"]["name"],
        "seed": first["seeds"][0],
        "shape": list(dict.fromkeys(f.plan["shape"] for f in found)),
    }
    height = 0.4 + len(rows) * (0.35 + WIDTH / len(rows[0][1]))
    with plot(args.output, about, height=height) as figure:
        figure.suptitle(
            f"{first['name'].replace('_', ' ')} ({first['code']}): {RELU[first['relu']]}, "
            f"{found[0].photo.size} inputs, seed {first['seeds'][0]}"
        )
        draw_pictures(figure, rows)


def title(found: Found) -> str:
    """Return the shape and the distance to the photo."""
    return f"{found.plan['shape']}\nm_i = {np.linalg.norm(found.image - found.photo):.3g}"


def read_inputs(path: Path) -> Found:
    """Read what `preimage.steps.descend_mlps` wrote. Raises UserError for another file."""
    try:
        with safe_open(path, "numpy") as file:
            plan = json.loads(file.metadata()["address"])
            return Found(file.get_tensor("images")[0], file.get_tensor("photo"), plan)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} has no inputs of fully connected networks: {error!r}") from error


if __name__ == "__main__":
    sys.exit(run(main, parser()))
