"""Draw an exact inversion: its distances, condition numbers and geometry, as PNG and PDF each.

The plan is such as

    inversion: inverse      # its name in the configuration

Of several seeds the geometry is that of the first.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from preimage.errors import UserError
from preimage.figures.inversions import draw_conditions, draw_distances, draw_geometry
from preimage.figures.style import plot
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.columns import Table
from preimage.tables.inversions import CONDITIONS, DIRECTIONS, INVERSIONS
from preimage.tables.parquet import read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_inversions", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    for table in (INVERSIONS, CONDITIONS, DIRECTIONS):
        add(f"--{table.name}", type=Path, nargs="+", required=True, metavar="IN.parquet")
    for figure in ("histogram", "condition", "geometry"):
        add(f"--{figure}", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw the inversion that the plan in `args` names."""
    name = read_plan(args.plan, ("inversion",))["inversion"]
    inversions = _read(args.inversions, INVERSIONS, name)
    conditions = _read(args.conditions, CONDITIONS, name)
    directions = _read(args.directions, DIRECTIONS, name)
    network = conditions[conditions.inputs == inversions.inputs.max()]
    first = directions[directions.seed == directions.seed.min()]
    with plot(args.histogram, _address(inversions), height=5.2) as figure:
        draw_distances(figure, inversions)
    with plot(args.condition, _address(network), height=3.2) as figure:
        draw_conditions(figure, network, inversions)
    with plot(args.geometry, _address(first), height=6.4) as figure:
        draw_geometry(figure, first)


def _read(paths: Sequence[Path], table: Table, name: str) -> pd.DataFrame:
    rows = read_tables(paths, table)
    found = rows[rows.inversion == name]
    if found.empty:
        known = ", ".join(rows.inversion.unique()) or "none"
        raise UserError(f"{paths[0]} has nothing of the inversion {name!r}; there are: {known}")
    return found


def _address(rows: pd.DataFrame) -> dict[str, object]:
    """Return what a figure shows, for its metadata."""
    keys = ("code", "inversion", "photo", "layers", "inputs", "seed")
    return {key: rows[key].unique().tolist() for key in keys if key in rows}


if __name__ == "__main__":
    sys.exit(run(main, parser()))
