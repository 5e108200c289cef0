"""What single layers of several kinds lose of their input (F1 and F4)."""

import pandas as pd

from preimage.mlp.ranks import jacobian_ranks
from preimage.steps.engine import step
from preimage.tables.inversions import JACOBIAN_RANKS


@step(ranks=JACOBIAN_RANKS)
def rank_layers() -> pd.DataFrame:
    """Write the ranks of Jacobians of small layers with random weights, the same in any study."""
    return jacobian_ranks()
