"""Fully connected networks on a small photo: tables and figures of descents (E1 to E4, F1, F2)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from preimage.figures.mlps import descents_plot, of_experiment, pictures_plot, widths_plot
from preimage.figures.style import Plot
from preimage.measures.mlps.descents import tabulate_ends, tabulate_widths
from preimage.mlp.inputs import read_first_inputs
from preimage.photo_files import photo_file, shape
from preimage.plans import Plan
from preimage.steps.engine import sha256, step
from preimage.steps.reading import Rows
from preimage.steps.writing import FIGURES
from preimage.tables.mlps import MLP_ENDS, MLP_WIDTHS, MLPS


def photo_identity(photo: Mapping[str, str]) -> list[str]:
    """Return what decides the pixels of a plan's photo, whatever it is called."""
    return [sha256(photo_file(photo)), *shape(photo)]


class Thresholds(Plan):
    """The plan has the experiments that ask for a width, each with the share of its first value to
    which m_i must fall:

    complete: {needed_widths: 0.1}
    """

    complete: dict[str, float]


class MlpFigures(Plan):
    """The plan has the experiments to draw, and which of them ask for a width:

    experiments: [depths, needed_widths]
    widths: [needed_widths]
    """

    experiments: list[str]
    widths: list[str]


@step(mlps=MLPS, ends=MLP_ENDS, widths=MLP_WIDTHS)
def tabulate_mlps(plan: Thresholds, curves: Rows[MLPS]) -> tuple[pd.DataFrame, ...]:
    """Write all descents, what they come to, and the widths that networks need."""
    return curves, tabulate_ends(curves), tabulate_widths(curves, plan.complete)


@step(descents=FIGURES, pictures=FIGURES, needed=FIGURES)
def draw_mlps(
    plan: MlpFigures,
    curves: Rows[MLPS],
    inputs: Sequence[Path],
    ends: Rows[MLP_ENDS],
    widths: Rows[MLP_WIDTHS],
) -> tuple[Iterator[Plot], Iterator[Plot], Iterator[Plot]]:
    """Draw the descents of each experiment, its last inputs, and the width that it needs.

    There are inputs of each experiment, in the order of the plan.
    """
    own = [of_experiment(curves, name) for name in plan.experiments]
    return (
        (descents_plot(rows, of_experiment(ends, rows.experiment.iloc[0])) for rows in own),
        (pictures_plot(r, *read_first_inputs(p)) for r, p in zip(own, inputs, strict=True)),
        (widths_plot(of_experiment(widths, name)) for name in plan.widths),
    )
