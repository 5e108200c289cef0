"""Single features: where their pictures differ from their start (M1, M3)."""

import pandas as pd

from preimage.blocks import of
from preimage.measures.features.runs import FeatureRuns, areas
from preimage.steps.computing import Machine, Networks
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.features import AREAS


@step(areas=AREAS)
def measure_areas(
    plan: FeatureRuns, networks: Networks, pictures: Pictures, machine: Machine
) -> pd.DataFrame:
    """Measure where pictures of features differ from their start; write a row a picture."""
    rows = (
        row
        for run in plan.runs
        for row in areas(
            run,
            of(pictures, run.set, run.network),
            networks.load(run.network).model,
            machine.device,
        )
    )
    return pd.DataFrame(rows, columns=AREAS.names)
