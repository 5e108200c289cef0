"""Pictures of feature maps: whether networks of other architectures see an object in them (N4)."""

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from preimage.blocks import of
from preimage.errors import UserError
from preimage.measures.feature_maps.witnesses import asked
from preimage.measures.images.crops import SIDE
from preimage.networks.network import Network
from preimage.plans import Plan
from preimage.progress import progress
from preimage.steps.computing import Machine, Networks
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.feature_maps import PICTURED_OBJECTS


class AskedRun(Plan):
    """A run of maps, and the networks that are asked about its pictures."""

    set: str
    network: str
    witnesses: list[str]


class AskedRuns(Plan):
    """Which networks, of other architectures, are asked about the pictures of each run:

    runs:
      - {set: maps, network: resnet50, witnesses: [googlenet]}
    """

    runs: list[AskedRun]


@step(objectness=PICTURED_OBJECTS)
def ask_about_maps(
    plan: AskedRuns, networks: Networks, pictures: Pictures, machine: Machine
) -> pd.DataFrame:
    """Show pictures of maps, as they are and with scrambled phases, to networks of other
    architectures; write how certain these are of a class, and of how many in parts of a picture.

    They see the pictures resized to their own size, not clipped, in float32.
    """
    names = dict.fromkeys(name for run in plan.runs for name in run.witnesses)
    known = {name: networks.load(name, machine) for name in names}
    _check([*known.values()])
    runs = [(of(pictures, run.set, run.network), run.witnesses) for run in plan.runs]
    count = sum((2 + SIDE**2) * len(own) * len(witnesses) for own, witnesses in runs)
    with progress(count, "ask", unit="image") as bar:
        parts = [
            part
            for own, witnesses in runs
            for part in asked(
                own,
                [known[name] for name in witnesses],
                batch=machine.batch,
                device=machine.device,
                tell=bar.update,
            )
        ]
    return pd.concat(parts)


def _check(witnesses: Sequence[Network]) -> None:
    for one, other in pairwise(witnesses):
        if other.categories != one.categories:
            raise UserError(
                f"{one.name} and {other.name} have other categories: only networks with the same "
                "classes can be asked about the same pictures"
            )
