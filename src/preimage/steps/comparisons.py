"""Pictures of the same classes side by side, and of pairs: tables and figures (A, B4 to B6, K)."""

from collections.abc import Iterator

import pandas as pd

from preimage.blocks import of_runs
from preimage.figures.comparisons import comparison_sheet
from preimage.figures.look import Look
from preimage.figures.style import Picture
from preimage.measures.comparisons.columns import tabulate
from preimage.measures.comparisons.pairs import pairs
from preimage.measures.comparisons.sides import Comparison, Comparisons
from preimage.measures.images.predictions import with_logits
from preimage.steps.engine import step
from preimage.steps.reading import Pictures, Rows
from preimage.steps.writing import FIGURES
from preimage.tables.comparisons import COMPARED_IMAGES, COMPARISONS, PAIRS
from preimage.tables.images import LOGITS, PREDICTIONS


class ComparisonsAndPairs(Comparisons):
    """What stands side by side, as `compare_images` is told, and the image sets of pairs of classes
    with their networks: pairs: [[additions, resnet50], [subtractions, resnet50]].
    """

    pairs: list[tuple[str, str]]


class ComparisonFigures(Comparisons):
    """What stands side by side, as `compare_images` is told, and the look of the sheets:
    style: {most: 64, tile: 200, show: [11]}, where `most` counts pictures.
    """

    style: Look


@step(comparisons=COMPARISONS, pairs=PAIRS)
def tabulate_comparisons(
    plan: ComparisonsAndPairs,
    compared: Rows[COMPARED_IMAGES] = (),
    predictions: Rows[PREDICTIONS] = (),
    logits: Rows[LOGITS] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write how near columns are, and what networks see in them and in pictures of pairs."""

    def said(runs: list[tuple[str, str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
        return of_runs(predictions, runs), of_runs(logits, runs)

    def about(one: Comparison) -> pd.DataFrame:
        own = compared[compared.comparison == one.name]
        return tabulate(one, own, with_logits(*said(one.runs)))

    found = [about(one) for one in plan.comparisons]
    table = pd.concat(found) if found else pd.DataFrame(columns=COMPARISONS.names)
    return table, pairs(*said(plan.pairs))


@step(sheets=FIGURES)
def draw_comparisons(
    plan: ComparisonFigures, pictures: Pictures, predictions: Rows[PREDICTIONS]
) -> Iterator[Picture]:
    """Draw each comparison: a row a class or pair of classes, a column an image set.

    Below each picture stands what every network says: the probability of the row's class, or of
    both of its pair, and what it sees first.
    """
    for one in plan.comparisons:
        yield comparison_sheet(one, pictures, of_runs(predictions, one.runs), plan.style)
