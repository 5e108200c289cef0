"""A study in the browser."""

from collections.abc import Sequence
from pathlib import Path

from preimage.atlas.site import build
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import NewFile, Pictures, Rows
from preimage.tables.claims import CLAIMS
from preimage.tables.images import PREDICTIONS, TRACE


class Network(Plan):
    """What a network is, in two words."""

    architecture: str
    state: str


class Figure(Plan):
    """A figure as pages show it; file: its place from the folder of the atlas."""

    file: str
    category: str
    title: str
    caption: str


class Atlas(Plan):
    """What the pages need to know of a study beside its results:

    study: mine
    configuration: config.yaml
    first: class_images
    networks: {mine: {architecture: resnet50, state: trained}}
    classes: [tench, goldfish]
    groups: {dogs: [151, 152]}
    photo_sets: [reconstructions]
    feature_sets: [maps]
    figures: [{file: ../figures/sheets/a.png, category: Pictures, title: a, caption: Pictures.}]
    """

    study: str
    configuration: str
    first: str
    networks: dict[str, Network]
    classes: list[str]
    groups: dict[str, list[int]]
    photo_sets: list[str]
    feature_sets: list[str]
    figures: list[Figure]


@step()
def build_atlas(
    plan: Atlas,
    *,
    pictures: Pictures = (),
    start: NewFile(".html"),
    claims: Rows[CLAIMS],
    traces: Rows[TRACE] = (),
    predictions: Rows[PREDICTIONS] = (),
    tables: Sequence[Path] = (),
) -> None:
    """Write the pages of a study, and all that they need, into the folder of `start`."""
    build(
        start.parent,
        plan.data(),
        pictures=pictures,
        traces=traces,
        said=predictions,
        claims=claims,
        tables=tables,
    )
