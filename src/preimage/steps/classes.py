"""Pictures of classes: tables of what networks say of them, sheets, and plots of the tables."""

from collections.abc import Iterable
from typing import Literal

import pandas as pd

from preimage.figures.class_plots import agreement_plot, distances_plot, factors_plot
from preimage.figures.class_sheets import set_sheet, traces_plot
from preimage.figures.look import Look
from preimage.figures.style import Picture, Plot
from preimage.measures.images.agreement import agreement as agreement_of
from preimage.measures.images.distances import tabulate as distances_of
from preimage.measures.images.factors import factors as factors_of
from preimage.networks.world import World
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Pictures, Rows
from preimage.steps.writing import FIGURE, FIGURES
from preimage.tables.images import (
    AGREEMENT,
    DISTANCES,
    FACTORS,
    ITEMS,
    LOGITS,
    NEIGHBOURS,
    PREDICTIONS,
    TRACE,
)


class ClassTables(Plan):
    """The sets of class images, and the sets with one picture of each target, not frames of it."""

    class_images: list[str]
    still: list[str]


class Asked(Plan):
    """The demo world, and what each set asks of its classes: objectives: {opposites: -A}.

    world: {shapes: [ring, square], colours: [red, blue], textures: [plain]}. Sets that ask anything
    but A, -A, A + B, min(A, B) or A - B have no rows.
    """

    world: World
    objectives: dict[str, str]


class SheetOfSet(Plan):
    """The set, the iterations of each octave by the networks that made it, how the sheet looks.

    octaves: [[resnet18, [100, 60]], [googlenet, [160]]]
    """

    set: str
    octaves: list[tuple[str, list[int]]]
    style: Look


class ClassPlots(Plan):
    """What is drawn of the tables of a study.

    Heat maps are of the class images of each of `networks`, seen by each of `judges`; `classes` are
    the names of all classes, by number. factors: sets whose factors are drawn.
    """

    study: str
    class_images: str
    networks: list[str]
    judges: list[str]
    metric: Literal["l1", "l2", "cosine"]
    classes: list[str]
    factors: list[str]


@step(all_items=ITEMS)
def tabulate_items(item_tables: Rows[ITEMS]) -> pd.DataFrame:
    """Write the items of all blocks as one table."""
    return item_tables


@step(
    all_predictions=PREDICTIONS,
    distances=DISTANCES,
    neighbours=NEIGHBOURS,
    agreement=AGREEMENT,
)
def tabulate_classes(
    plan: ClassTables, predictions: Rows[PREDICTIONS], logits: Rows[LOGITS] = ()
) -> tuple[pd.DataFrame, ...]:
    """Write what networks say of all pictures of classes, and how far they agree.

    Class images have distances in each judge's logits, and each class its neighbours. The logits
    are theirs: without any, both tables are empty.
    """
    class_images = predictions[predictions.set.isin(plan.class_images)]
    distances, neighbours = distances_of(class_images, logits)
    still = predictions[predictions.set.isin(plan.still)]
    return predictions, distances, neighbours, agreement_of(still, distances)


@step(factors=FACTORS)
def tabulate_factors(
    plan: Asked, predictions: Rows[PREDICTIONS], logits: Rows[LOGITS]
) -> pd.DataFrame:
    """Write how often results carry the shape, colour and texture that they should."""
    return factors_of(predictions, logits, plan.world, plan.objectives)


@step(sheet=FIGURE, traces=FIGURE)
def draw_sheet(
    plan: SheetOfSet,
    pictures: Pictures,
    predictions: Rows[PREDICTIONS],
    trace_tables: Rows[TRACE],
) -> tuple[Picture, Plot]:
    """Draw the pictures of a set, network by network, and how their descents went."""
    octaves = dict(plan.octaves)
    sheet = set_sheet(pictures, predictions, plan.set, list(octaves), plan.style)
    return sheet, traces_plot(pictures, trace_tables, plan.set, octaves)


@step(shares=FIGURES, heatmaps=FIGURES, dots=FIGURES)
def draw_classes(
    plan: ClassPlots,
    agreement: Rows[AGREEMENT],
    distances: Rows[DISTANCES],
    factors: Rows[FACTORS] = (),
) -> tuple[Iterable[Plot], ...]:
    """Draw how far networks agree, distances between classes, and the demo world's factors."""
    shares = [] if agreement.empty else [agreement_plot(agreement, plan.study)]
    heatmaps = (
        distances_plot(distances, (plan.class_images, network, judge), plan.metric, plan.classes)
        for network in plan.networks
        for judge in plan.judges
    )
    dots = (factors_plot(factors, name, plan.study) for name in plan.factors)
    return shares, heatmaps, dots
