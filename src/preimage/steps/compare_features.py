"""Pictures of the same features, made in several ways: how alike they are (M5, metrics)."""

import pandas as pd

from preimage.measures.feature_maps.aligned import Comparison
from preimage.measures.feature_maps.comparing import compared
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.feature_maps import FEATURE_PAIRS, FEATURE_SIMILARITY


class Comparisons(Plan):
    """What is compared: image sets by networks, each with the recipe of its pictures:

    comparisons:
      - name: raw_and_octaves
        code: M5
        columns:
          - {set: maps_raw, network: net, title: raw, recipe: {octaves: [...], start: ...}}
          - {set: maps, network: net, title: octaves, recipe: {octaves: [...], start: ...}}

    Rows are the features and seeds that all columns have, or 64 of them: all are compared with all.
    """

    comparisons: list[Comparison]


@step(pairs=FEATURE_PAIRS, similarity=FEATURE_SIMILARITY)
def compare_features(plan: Comparisons, pictures: Pictures) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure how alike pictures of the same feature are that come from several image sets."""
    found = [part for one in plan.comparisons for part in compared(one, pictures)]
    return pd.concat(pairs for pairs, _ in found), pd.DataFrame([row for _, row in found])
