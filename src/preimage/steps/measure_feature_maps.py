"""Feature maps by depth: what their pictures look like (N1 to N4)."""

import pandas as pd

from preimage.blocks import of
from preimage.measures.feature_maps.runs import MapRun, first_start, maps
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.feature_maps import FEATURE_MAPS, FEATURE_STARTS


class MapRuns(Plan):
    """The runs of maps to measure, with their layers in the order of their depth:

    runs:
      - set: maps
        network: inception_v3
        code: N1
        layers: [Conv2d_1a_3x3, Conv2d_2a_3x3]
        recipe: {octaves: [...], start: ...}
    """

    runs: list[MapRun]


@step(maps=FEATURE_MAPS, starts=FEATURE_STARTS)
def measure_feature_maps(plan: MapRuns, pictures: Pictures) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure what pictures of feature maps look like, and what their recipe makes of the start."""
    found, starts = [], []
    for run in plan.runs:
        own = of(pictures, run.set, run.network)
        before = run.before(own)
        found += maps(run, own, before)
        starts += first_start(run, before)
    return (
        pd.DataFrame(found, columns=FEATURE_MAPS.names),
        pd.DataFrame(starts, columns=FEATURE_STARTS.names),
    )
