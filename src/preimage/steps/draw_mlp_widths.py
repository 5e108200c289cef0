"""Draw the width that layers need to give a photo back, beside theory, as PNG and PDF."""

import argparse
import sys
from pathlib import Path

from preimage.errors import UserError
from preimage.figures.mlps import draw_widths
from preimage.figures.style import plot
from preimage.steps.cli import run, step_parser
from preimage.tables.mlps import MLP_WIDTHS
from preimage.tables.parquet import read_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_mlp_widths", __doc__)
    add = parser.add_argument
    add("--experiment", required=True, metavar="NAME")
    add("--widths", type=Path, required=True, metavar="MLP_WIDTHS.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw the experiment that `args` name."""
    widths = read_table(args.widths, MLP_WIDTHS)
    widths = widths[widths.experiment == args.experiment]
    if widths.empty:
        raise UserError(f"{args.widths}: no experiment {args.experiment!r} in this table")
    about = {"experiment": args.experiment, "code": widths.code.iloc[0]}
    about |= {key: widths[key].unique().tolist() for key in ("relus", "iterations")}
    with plot(args.output, about, height=3.6, width=4.6) as figure:
        figure.suptitle(
            f"{args.experiment.replace('_', ' ')} ({about['code']}): "
            f"layers of equal width, {widths.inputs.iloc[0]} inputs"
        )
        draw_widths(figure, widths)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
