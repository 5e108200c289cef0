"""Invert square linear layers exactly, and look at the geometry of the composed map.

The plan is such as

    inversion: inverse      # its name in the configuration
    photo: {name: cat, file: cat.jpg}
    side: 29                # the photo is squashed to 3 * 29 * 29 inputs
    layers: 3
    seed: 1                 # of the network and of all noise
    samples: 500            # of each kind of point
    noise: 0.001            # standard deviation of the noise on outputs
    descent_steps: 220
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor

from preimage.mlp.geometry import SMALL, conditions, directions, small_photo
from preimage.mlp.inversion import measured, points, square
from preimage.mlp.networks import photo_vector
from preimage.photos import open_photo
from preimage.steps.cli import run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.steps.plans import read_plan
from preimage.tables.columns import Table
from preimage.tables.inversions import CONDITIONS, DIRECTIONS, INVERSIONS
from preimage.tables.parquet import write_table

KEYS = ("inversion", "photo", "side", "layers", "seed", "samples", "noise", "descent_steps")


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("invert_mlps", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to invert, as above")
    add_machine(parser)
    for table in (INVERSIONS, CONDITIONS, DIRECTIONS):
        add(f"--{table.name}", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the three tables of the network that the plan in `args` names."""
    plan = read_plan(args.plan, KEYS)
    device = machine(args)
    picture = open_photo(plan["photo"])
    photo = photo_vector(picture, plan["side"]).double().to(device)
    _write(_points(plan, photo), args.inversions, INVERSIONS, plan)
    photos = [*(small_photo(picture, n).to(photo.device) for n in SMALL), photo]
    found = [directions(plan, a).assign(code="E6", inputs=len(a)) for a in photos]
    _write(pd.concat(found), args.directions, DIRECTIONS, plan)
    maps = [_conditions(plan, *both) for both in zip(photos, found, strict=True)]
    _write(pd.concat(maps), args.conditions, CONDITIONS, plan)


def _points(plan: Mapping[str, Any], photo: Tensor) -> pd.DataFrame:
    network = square(len(photo), plan["layers"], plan["seed"]).to(photo.device)
    rows = (measured(network, photo, found).assign(**about) for about, found in points(plan, photo))
    numbered = [frame.assign(sample=range(len(frame))) for frame in rows]
    return pd.concat(numbered).assign(inputs=len(photo))


def _conditions(plan: Mapping[str, Any], photo: Tensor, found: pd.DataFrame) -> pd.DataFrame:
    network = square(len(photo), plan["layers"], plan["seed"]).to(photo.device)
    composed = found.singular_value.to_numpy()
    return conditions(network, composed).assign(code="E7", inputs=len(photo))


def _write(frame: pd.DataFrame, path: Path, table: Table, plan: Mapping[str, Any]) -> None:
    """Write rows with the columns that the plan has."""
    known = {**plan, "photo": plan["photo"]["name"]}
    shared = {key: known[key] for key in table.names if key in known}
    write_table(frame.assign(**shared), path, table)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
