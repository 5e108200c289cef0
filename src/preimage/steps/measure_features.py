"""Pictures of features: where they differ from their start, and what one more neuron changes."""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from preimage.blocks import of
from preimage.measures.features.runs import FeatureRun, areas, reading_order
from preimage.plans import Plan
from preimage.steps.computing import Machine, Networks
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.features import AREAS, READING_ORDER


class FeatureRuns(Plan):
    """Runs of single features (M1, M3), and of maps whose neurons are added one by one (M2):

    single:
      - {set: neurons, network: inception_v3, recipe: {octaves: [...]}, photos: {}}
    ordered: []

    where photos are those that a recipe starts from.
    """

    single: list[FeatureRun]
    ordered: list[FeatureRun]


@step(areas=AREAS, order=READING_ORDER)
def measure_features(
    plan: FeatureRuns, networks: Networks, pictures: Pictures, machine: Machine
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure where pictures of features differ from their start, a row a picture; and of maps
    what one more neuron changes, a row a neuron.
    """
    measured = partial(_measured, networks=networks, pictures=pictures, machine=machine)
    return (
        pd.DataFrame(measured(areas, plan.single), columns=AREAS.names),
        pd.DataFrame(measured(reading_order, plan.ordered), columns=READING_ORDER.names),
    )


def _measured(
    measure: Callable,
    runs: Sequence[FeatureRun],
    *,
    networks: Networks,
    pictures: pd.DataFrame,
    machine: Machine,
) -> list[dict]:
    return [
        row
        for run in runs
        for row in measure(
            run,
            of(pictures, run.set, run.network),
            networks.load(run.network, machine, on_device=False).model,
            machine.device,
        )
    ]
