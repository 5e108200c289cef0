"""What each layer of a network holds of a photo: tables and figures (C, D, F3, G, H)."""

from collections.abc import Iterator
from typing import Annotated

import pandas as pd
from msgspec import Meta

from preimage.figures.depth import distances_plot, gradients_plot
from preimage.figures.reconstructions import Sheet, measured_pictures, photo_sheet
from preimage.figures.style import Picture, Plot
from preimage.figures.trajectories import trajectories_plot
from preimage.measures.depth.layers import renamed, tabulate
from preimage.measures.depth.stages import Run, by_set, pooled
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Pictures, Rows
from preimage.steps.writing import FIGURE, FIGURES
from preimage.tables.depth import DEPTH, RECONSTRUCTIONS
from preimage.tables.images import TRACE


class DepthFigures(Plan):
    """The plan has the runs, with what their networks were trained on, and the sheets:

    runs:
      - {set: reconstructions, network: mine, architecture: resnet50, state: trained, blur: true,
         layers: [conv1, layer4], kind: resnet50 trained layer mine}
    sheets:
      - photo: {name: chelsea, shipped: chelsea}      # or a file: and sha256:
        rows: [{set: reconstructions, network: mine, title: "resnet50, trained, with blur"}]
    tile: 200                                         # side of a picture in pixels
    """

    runs: Annotated[list[Run], Meta(min_length=1)]
    sheets: list[Sheet]
    tile: Annotated[int, Meta(ge=1)]


@step(reconstructions=RECONSTRUCTIONS, depth=DEPTH)
def tabulate_depth(measured: Rows[RECONSTRUCTIONS]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write all reconstructions and, by layer, what is left of photos: means over these."""
    return measured, tabulate(measured)


@step(distances=FIGURE, gradients=FIGURES, trajectories=FIGURES, sheets=FIGURES)
def draw_depth(
    plan: DepthFigures,
    pictures: Pictures,
    traces: Rows[TRACE],
    reconstructions: Rows[RECONSTRUCTIONS],
) -> tuple[Plot, Iterator[Plot], Iterator[Plot], Iterator[Picture]]:
    """Draw distances by depth, by image set gradients and descents, and sheets of pictures.

    In plots, networks that differ by chance alone are one, with the photos of all.
    """
    runs, names = pooled(plan.runs)
    descents, traces = renamed(reconstructions, names), renamed(traces, names)
    depth, sets = tabulate(descents), by_set(runs)
    measured = measured_pictures(pictures, reconstructions)
    return (
        distances_plot(depth, runs),
        (gradients_plot(depth, of_set) for of_set in sets),
        (trajectories_plot(traces, descents, of_set) for of_set in sets),
        (photo_sheet(sheet, measured, plan.tile) for sheet in plan.sheets),
    )
