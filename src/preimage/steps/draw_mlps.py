"""Draw the descents of one experiment on fully connected networks by step and by shape.

As PNG and PDF.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from preimage.errors import UserError
from preimage.figures.mlps import RELU, draw_curves
from preimage.figures.style import plot
from preimage.status import OK
from preimage.steps.cli import run
from preimage.tables.mlps import MLP_ENDS, MLPS
from preimage.tables.parquet import read_table, read_tables


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = argparse.ArgumentParser(prog="python -m preimage.steps.draw_mlps", description=__doc__)
    add = parser.add_argument
    add("--experiment", required=True, metavar="NAME")
    add("--curves", type=Path, nargs="+", required=True, metavar="CURVE.parquet")
    add("--ends", type=Path, required=True, metavar="MLP_ENDS.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw the experiment that `args` name."""
    curves, ends = read_tables(args.curves, MLPS), read_table(args.ends, MLP_ENDS)
    curves = curves[curves.experiment == args.experiment]
    ends = ends[ends.experiment == args.experiment]
    if ends.empty:
        raise UserError(f"{args.ends}: no experiment {args.experiment!r} in this table")
    fine = curves[curves.status == OK]
    about = {key: curves[key].unique().tolist() for key in ("code", "photo", "relu", "shape")}
    about |= {"experiment": args.experiment, "seed": curves.seed.unique().tolist()}
    with plot(args.output, about, height=6.4) as figure:
        figure.suptitle(title(args.experiment, about, ends))
        draw_curves(figure, fine, ends)


def title(experiment: str, about: dict[str, list], ends: pd.DataFrame) -> str:
    """Return what stands above a figure of an experiment."""
    kinds = ", ".join(RELU[kind] for kind in about["relu"])
    seeds, degenerate = len(about["seed"]), ends.degenerate.sum()
    return (
        f"{experiment.replace('_', ' ')} ({', '.join(about['code'])}): {kinds}, "
        f"{ends.inputs.iloc[0]} inputs of {', '.join(about['photo'])}, "
        f"{seeds} seed{'s' * (seeds > 1)}"
        + f"; {degenerate} degenerate descents left out"
        * bool(degenerate)
    )


if __name__ == "__main__":
    sys.exit(run(main, parser()))
