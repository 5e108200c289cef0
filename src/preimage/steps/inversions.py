"""Exact inversion of square linear layers: tables and figures (E5 to E9)."""

from collections.abc import Iterator
from typing import Annotated

import pandas as pd
from msgspec import Meta

from preimage.figures.inversions import conditions_plot, distances_plot, geometry_plot
from preimage.figures.style import Plot
from preimage.measures.mlps.examples import worked_examples
from preimage.measures.mlps.inversions import tabulate
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Rows
from preimage.steps.writing import FIGURES
from preimage.tables.inversions import (
    CONDITIONS,
    DIRECTIONS,
    INVERSION_SUMMARY,
    INVERSIONS,
    WORKED_EXAMPLES,
)


class Drawn(Plan):
    """The inversions to draw, by their names in the configuration: inversions: [inverse]."""

    inversions: Annotated[list[str], Meta(min_length=1)]


@step(
    inversions=INVERSIONS,
    conditions=CONDITIONS,
    directions=DIRECTIONS,
    summary=INVERSION_SUMMARY,
    examples=WORKED_EXAMPLES,
)
def tabulate_inversions(
    points: Rows[INVERSIONS], maps: Rows[CONDITIONS], axes: Rows[DIRECTIONS]
) -> tuple[pd.DataFrame, ...]:
    """Write all inversions, their summary, and the examples that the page works by hand."""
    return points, maps, axes, tabulate(points), worked_examples()


@step(histograms=FIGURES, numbers=FIGURES, geometries=FIGURES)
def draw_inversions(
    plan: Drawn,
    inversions: Rows[INVERSIONS],
    conditions: Rows[CONDITIONS],
    directions: Rows[DIRECTIONS],
) -> tuple[Iterator[Plot], Iterator[Plot], Iterator[Plot]]:
    """Draw the distances, condition numbers and geometry of each inversion."""
    return (
        (distances_plot(inversions, name) for name in plan.inversions),
        (conditions_plot(conditions, inversions, name) for name in plan.inversions),
        (geometry_plot(directions, name) for name in plan.inversions),
    )
