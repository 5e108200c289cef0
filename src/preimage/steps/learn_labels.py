"""How soon a small network learns true labels and random ones (H1)."""

import pandas as pd

from preimage.measures.depth.labels import learnt_labels
from preimage.steps.engine import step
from preimage.tables.depth import LEARNT_LABELS


@step(labels=LEARNT_LABELS)
def learn_labels() -> pd.DataFrame:
    """Write after how many steps true and random labels are known by heart, for any study."""
    return learnt_labels()
