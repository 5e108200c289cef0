"""Single features and maps in reading order: their figures (M1 to M3)."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from preimage.blocks import of
from preimage.figures.areas import features_sheet
from preimage.figures.films import Film
from preimage.figures.look import FPS, Look
from preimage.figures.reading_order import Reading, ReadMap, changes_plot, film, strip
from preimage.figures.style import Picture, Plot
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Pictures, Rows
from preimage.steps.writing import FIGURES, FILMS
from preimage.tables.features import AREAS, READING_ORDER


class FeatureSheet(Plan):
    """A run of single features, in the order to show them."""

    set: str
    network: str
    features: list[str]


class FeatureSheets(Plan):
    """A sheet for each run of single features, and how wide a picture is on them:

    sheets:
      - {set: features, network: net, features: ["Mixed_6b[654, 6, 0]", "Mixed_6b[654]"]}
    look: {tile: 200}
    """

    sheets: list[FeatureSheet]
    look: Look


class ReadMaps(Plan):
    """Films of maps whose neurons are added one by one, and frames in a second:

    maps:
      - {set: reading_order, network: net, item: "Mixed_6b[654]", frames: 289, seed: 999}
    fps: 20
    """

    maps: list[ReadMap]
    fps: Annotated[int, msgspec.Meta(ge=1)] = FPS


@step(sheets=FIGURES)
def draw_features(plan: FeatureSheets, pictures: Pictures, areas: Rows[AREAS]) -> Iterator[Picture]:
    """Draw the pictures of single features, and beside each where it differs from its start."""
    for one in plan.sheets:
        run = one.set, one.network
        own, found = of(pictures, *run), of(areas, *run)
        yield features_sheet(own, found, one.features, plan.look.tile)


@step(films=FILMS, strips=FIGURES, changes=FIGURES)
def draw_reading_order(
    plan: ReadMaps, pictures: Pictures, order: Rows[READING_ORDER]
) -> tuple[Iterator[Film], Iterator[Picture], Iterator[Plot]]:
    """Draw maps whose neurons are added one by one, as films, as strips, and what each neuron
    changes as curves. A GIF is written beside each film.
    """
    maps = [Reading.of(one, pictures) for one in plan.maps]
    films = (film(one, plan.fps) for one in maps)
    return films, map(strip, maps), (changes_plot(one, order) for one in maps)
