"""Networks: how they were trained, and what merging changed."""

import pandas as pd

from preimage.figures.curves import draw_training as draw_histories
from preimage.figures.style import Plot
from preimage.measures.merging.losses import tabulate
from preimage.steps.engine import step
from preimage.steps.reading import Rows
from preimage.steps.writing import FIGURE
from preimage.tables.merging import MERGING, MERGING_IMAGES
from preimage.tables.training import TRAINING


@step(merging=MERGING)
def tabulate_merging(measured: Rows[MERGING_IMAGES]) -> pd.DataFrame:
    """Write by how much the losses of merged networks fell, a row for each network."""
    return tabulate(measured)


@step(figure=FIGURE)
def draw_training(histories: Rows[TRAINING]) -> Plot:
    """Draw how networks were trained."""
    address = {"network": list(histories.network.unique())}
    height = 2.8 * histories.data.nunique()
    return Plot(lambda figure: draw_histories(figure, histories), address, height)
