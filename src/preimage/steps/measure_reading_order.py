"""Maps whose neurons are added one by one: what each one more changes in the picture (M2)."""

import pandas as pd

from preimage.blocks import of
from preimage.measures.features.runs import FeatureRuns, reading_order
from preimage.steps.computing import Machine, Networks
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.features import READING_ORDER


@step(order=READING_ORDER)
def measure_reading_order(
    plan: FeatureRuns, networks: Networks, pictures: Pictures, machine: Machine
) -> pd.DataFrame:
    """Measure what one more neuron of a map changes in a picture; write a row a neuron."""
    rows = (
        row
        for run in plan.runs
        for row in reading_order(
            run,
            of(pictures, run.set, run.network),
            networks.load(run.network).model,
            machine.device,
        )
    )
    return pd.DataFrame(rows, columns=READING_ORDER.names)
