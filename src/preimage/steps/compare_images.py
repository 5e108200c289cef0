"""How near the pictures of the columns of comparisons are, in pixels and as networks see them."""

from pathlib import Path

import pandas as pd

from preimage.measures.comparisons.compared import features, in_features, in_pixels
from preimage.measures.comparisons.hues import hues_of
from preimage.measures.comparisons.rows import in_rows
from preimage.measures.comparisons.sides import Comparisons
from preimage.networks.network import load_network
from preimage.progress import progress
from preimage.steps.computing import Machine
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.comparisons import COMPARED_IMAGES, HUES

_ALL_BUT_SEED = ["set", "network", "class_a", "class_b"]


@step(compared=COMPARED_IMAGES, hues=HUES)
def compare_images(
    plan: Comparisons, pictures: Pictures, networks: list[Path], machine: Machine
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure how near the pictures of the columns of comparisons are to each other.

    In pixels, at the smaller side of two columns, as the pictures are, not clipped; and in what
    goes into the last weights of every network given, which sees them at its own size: there, the
    pictures that a set has of the same from other seeds say how much seeds alone matter. And how
    much of each picture is yellow and red.
    """
    same = pictures.groupby(_ALL_BUT_SEED, dropna=False).ngroup()
    placed = pictures.assign(place=pictures.index, same=same)
    columns = {one: in_rows(placed, one.sides) for one in plan.comparisons}
    found = {
        one: [*in_pixels(one, frames)]
        for one, frames in progress(columns.items(), "compare in pixels", unit="comparison")
    }
    kinds = {kind for frames in columns.values() for frame in frames for kind in frame["same"]}
    shown = pictures[same.isin(kinds)]
    for path in progress(networks, "compare in features", unit="network"):
        network = load_network(path, device=machine.device, modules=machine.modules)
        seen = features(network, shown, machine.batch, machine.device)
        for one, frames in columns.items():
            found[one] += in_features(one, frames, network.name, seen, same)
    shades = pd.concat(hues_of(one, frames) for one, frames in columns.items())
    return pd.concat(part for parts in found.values() for part in parts), shades
