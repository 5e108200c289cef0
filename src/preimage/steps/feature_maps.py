"""Feature maps by depth: their table by layers, and their figures (N1 to N4, M5)."""

from collections.abc import Iterator

import pandas as pd

from preimage.blocks import of
from preimage.figures.feature_maps import compared_sheet, maps_sheet
from preimage.figures.look import Look
from preimage.figures.style import Picture, Plot
from preimage.figures.trends import trends_plot
from preimage.measures.feature_maps.aligned import Comparison
from preimage.measures.feature_maps.layers import tabulate
from preimage.measures.feature_maps.objectness import with_objectness
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Pictures, Rows
from preimage.steps.writing import FIGURES
from preimage.tables.feature_maps import (
    FEATURE_MAPS,
    FEATURE_PAIRS,
    FEATURE_STARTS,
    LAYERS_BY_DEPTH,
    PICTURED_OBJECTS,
)


class MapSheet(Plan):
    """The maps of one layer of a run, in the order to show them."""

    set: str
    network: str
    items: list[str]


class FeatureMapFigures(Plan):
    """Sheets of layers, runs whose maps are drawn by depth, and comparisons of features:

    sheets:
      - {set: maps, network: net, items: ["Mixed_6b[0]", "Mixed_6b[1]"]}
    trends: [[maps, net]]       # set and network; none, and there is no such figure
    comparisons: []             # as compare_features has them
    look: {columns: 8, most: 64, tile: 200}

    where columns are how many pictures a row of a sheet has at least, most is of comparisons, and
    tile is the side of a picture in pixels; all are optional.
    """

    sheets: list[MapSheet]
    trends: list[tuple[str, str]]
    comparisons: list[Comparison]
    look: Look


@step(layers=LAYERS_BY_DEPTH)
def tabulate_feature_maps(
    maps: Rows[FEATURE_MAPS], objectness: Rows[PICTURED_OBJECTS] = ()
) -> pd.DataFrame:
    """Write the means of what the pictures of maps look like, layer by layer."""
    return tabulate(with_objectness(maps, objectness))


@step(sheets=FIGURES, trends=FIGURES, comparisons=FIGURES)
def draw_feature_maps(
    plan: FeatureMapFigures,
    pictures: Pictures,
    *,
    maps: Rows[FEATURE_MAPS] = (),
    layers: Rows[LAYERS_BY_DEPTH] = (),
    starts: Rows[FEATURE_STARTS] = (),
    pairs: Rows[FEATURE_PAIRS] = (),
) -> tuple[Iterator[Picture], Iterator[Plot], Iterator[Picture]]:
    """Draw a sheet of each layer's maps, what they look like by depth, and features made in
    several ways side by side.
    """
    sheets = (_sheet(one, pictures, maps, plan.look) for one in plan.sheets)
    trends = (trends_plot(layers, starts, runs) for runs in [plan.trends] if runs)
    compared = (compared_sheet(one, pictures, pairs, plan.look) for one in plan.comparisons)
    return sheets, trends, compared


def _sheet(one: MapSheet, pictures: pd.DataFrame, maps: pd.DataFrame, look: Look) -> Picture:
    run = one.set, one.network
    return maps_sheet(of(pictures, *run), of(maps, *run), one.items, look)
