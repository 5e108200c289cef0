"""Draw the descents of one experiment on fully connected networks by step and by shape.

As PNG and PDF.
"""

import argparse
import sys
from pathlib import Path

from preimage.errors import UserError
from preimage.figures.mlps import RELU, draw_curves
from preimage.figures.style import plot
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
    about = {key: curves[key].unique().tolist() for key in ("code", "photo", "relu", "shape")}
    about |= {"experiment": args.experiment, "seed": curves.seed.unique().tolist()}
    with plot(args.output, about, height=6.4) as figure:
        figure.suptitle(title(args.experiment, about, ends.inputs.iloc[0]))
        draw_curves(figure, curves, ends)


def title(experiment: str, about: dict[str, list], inputs: int) -> str:
    """Return what stands above a figure of an experiment."""
    kinds = ", ".join(RELU[kind] for kind in about["relu"])
    seeds = len(about["seed"])
    return (
        f"{experiment.replace('_', ' ')} ({', '.join(about['code'])}): {kinds}, "
        f"{inputs} inputs of {', '.join(about['photo'])}, {seeds} seed{'s' * (seeds > 1)}"
    )


if __name__ == "__main__":
    sys.exit(run(main, parser()))
