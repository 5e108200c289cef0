"""Opposites: tables of groups, ways back and cycles, and their figures (I1 to I7)."""

from collections.abc import Iterator

import pandas as pd

from preimage.blocks import of
from preimage.figures.look import Look
from preimage.figures.opposites import graph_plot, groups_plot, pairs_sheet
from preimage.figures.style import Picture, Plot
from preimage.measures.opposites.cycles import cycles
from preimage.measures.opposites.groups import opposite_groups, statistics
from preimage.measures.opposites.labels import opposites as labelled
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Pictures, Rows
from preimage.steps.writing import FIGURES
from preimage.tables.images import OPPOSITES, PREDICTIONS
from preimage.tables.opposites import CYCLES, OPPOSITE_GROUPS, OPPOSITE_STATISTICS


class Groups(Plan):
    """Groups of classes by name, in their order: groups: [[dogs, [151, 152]], [cats, [281]]]."""

    groups: list[tuple[str, list[int]]]


class OppositeFigures(Groups):
    """The networks to draw, the sets of their opposites and class images, how sheets look."""

    opposites: str
    class_images: str
    networks: list[str]
    grouped: list[str]
    style: Look


@step(
    opposites=OPPOSITES,
    groups=OPPOSITE_GROUPS,
    statistics=OPPOSITE_STATISTICS,
    cycles=CYCLES,
)
def tabulate_opposites(plan: Groups, predictions: Rows[PREDICTIONS]) -> tuple[pd.DataFrame, ...]:
    """Write what each network takes for the opposite of each class, and what these share."""
    found, groups = labelled(predictions), dict(plan.groups)
    return found, opposite_groups(found, groups), statistics(found, groups), cycles(found)


@step(sheets=FIGURES, graphs=FIGURES, heatmaps=FIGURES)
def draw_opposites(
    plan: OppositeFigures,
    pictures: Pictures,
    opposites: Rows[OPPOSITES],
    groups: Rows[OPPOSITE_GROUPS],
    cycles: Rows[CYCLES],
) -> tuple[Iterator[Picture], Iterator[Plot], Iterator[Plot]]:
    """Draw classes beside their opposites, and by network the graph and the groups of opposites."""
    classes = dict(plan.groups)
    sheets = (_sheet(plan, pictures, opposites, network) for network in plan.networks)
    graphs = (graph_plot(opposites, cycles, classes, network) for network in plan.networks)
    return sheets, graphs, (groups_plot(groups, network) for network in plan.grouped)


def _sheet(
    plan: OppositeFigures, pictures: pd.DataFrame, table: pd.DataFrame, network: str
) -> Picture:
    own = pictures[(pictures.set == plan.class_images) & (pictures.network == network)]
    made = of(pictures, plan.opposites, network)
    return pairs_sheet(made, own, of(table, plan.opposites, network), plan.style)
