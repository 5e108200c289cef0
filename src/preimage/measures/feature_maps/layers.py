"""What the maps of each layer look like on average (codes N1 to N4)."""

import numpy as np
import pandas as pd

from preimage.measures.statistics.intervals import Estimate, student
from preimage.status import NO_GRADIENT, PICTURES
from preimage.tables.feature_maps import (
    COHERENCE,
    CONTRAST,
    ENTROPY,
    LAYERS_BY_DEPTH,
    OBJECTNESS,
    OF_LAYERS,
    UNMOVED,
)

_RANGES = {
    COHERENCE.unit: (0, 1),
    CONTRAST.unit: (0, 0.5),
    ENTROPY.unit: (0, 8),
    OBJECTNESS.unit: (-1, 1),
}
_LAYER = ["code", "set", "network", "layer", "depth"]


def by_map(maps: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over seeds of each map's live pictures, of rows FEATURE_MAPS.

    A map counts once whatever its seeds. Measures that no picture of a map has are NaN, and so is
    OBJECTNESS where the rows have none.
    """
    live = maps[maps.status.isin(PICTURES)]
    columns = [column.name for column in OF_LAYERS]
    measures = live.reindex(columns=[*_LAYER, "map", *columns])
    return measures.groupby([*_LAYER, "map"], sort=False)[columns].mean().reset_index()


def tabulate(maps: pd.DataFrame) -> pd.DataFrame:
    """Return the table LAYERS_BY_DEPTH of rows FEATURE_MAPS with OBJECTNESS.

    A plain picture has no frequency.
    """
    rows = [
        dict(zip(_LAYER, keys, strict=True)) | _row(part)
        for keys, part in maps.groupby(_LAYER, sort=False)
    ]
    order = ["set", "network", "depth"]
    return pd.DataFrame(rows, columns=LAYERS_BY_DEPTH.names).sort_values(order, kind="stable")


def _row(part: pd.DataFrame) -> dict[str, float | int]:
    found = part.groupby("map").status
    live = found.agg(lambda status: status.isin(PICTURES).any())
    dead = found.agg(lambda status: (status == NO_GRADIENT).all())
    unmoved = found.agg(lambda status: (status == UNMOVED).any()) & ~live
    counts = {"live": live.sum(), "dead": dead.sum(), "unmoved": unmoved.sum()}
    counts |= {"degenerate": (~live & ~dead & ~unmoved).sum()}
    means = by_map(part)
    for column in OF_LAYERS:
        values = means[column.name].dropna().to_numpy()
        ends = np.clip(student(values), *_RANGES.get(column.unit, (0, np.inf)))  # as values must
        counts |= Estimate(*ends.tolist()).columns(column.name)
    return counts
