"""What is left of a photo by the depth of the layer that it is reconstructed from.

Codes C1 to D7, F3, G and H, of the page "Input Representations and Depth".

Photos are the sample: a photo's seeds are averaged first, so that replicates do not count as
further photos. Distances and their ratios are averaged as logarithms, for they are above 0 and
spread over decades.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from preimage.measures.statistics.intervals import Estimate, student
from preimage.status import FAILED, PICTURES
from preimage.tables.depth import DEPTH

RATIOS = {
    "g_over_r_25": ("m_g", "m_r_25"),
    "g_over_r_18": ("m_g", "m_r_18"),
    "g_over_start": ("m_g", "m_g_start"),
    "i_over_start": ("m_i", "m_i_start"),
}
LOGARITHMIC = frozenset({"m_r_25", "m_r_18", "m_g", "m_i", "gradient_std", "fall_of_g", *RATIOS})

_RUN = ["code", "set", "network"]
_LAYER = [*_RUN, "layer", "depth"]
_GIVEN = ["m_r_25", "m_r_18", "m_g", "m_i", "psnr", "ssim"]
_COLUMNS = [c.removesuffix("_low") for c in DEPTH.names if c.endswith("_low")]


def tabulate(reconstructions: pd.DataFrame) -> pd.DataFrame:
    """Return the table DEPTH of rows RECONSTRUCTIONS, runs in their order and layers by depth."""
    measured = by_photo(reconstructions).set_index(_LAYER)
    rows = [
        {
            **dict(zip(_LAYER, layer, strict=True)),
            "degenerate": int(group.status.isin(FAILED).sum()),
            **_statistics(measured[measured.index.isin([layer])]),
        }
        for layer, group in reconstructions.groupby(_LAYER, sort=False)
    ]
    return pd.DataFrame(rows, columns=DEPTH.names)


def renamed(rows: pd.DataFrame, names: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """Return rows RECONSTRUCTIONS or TRACE with new names of networks, by set and network.

    Several may have one name; items of theirs stay different.
    """
    networks = [names.get(run, run[1]) for run in zip(rows.set, rows.network, strict=True)]
    return rows.assign(item=rows.network + " " + rows.item, network=networks)


def by_photo(reconstructions: pd.DataFrame) -> pd.DataFrame:
    """Return a row per set, network, layer and photo: the means over its seeds that did not fail.

    The columns LOGARITHMIC are natural logarithms and others are not, so that differences of both
    can be averaged. fall_of_g is how many times further m_g falls from its start than m_i does.
    gradient_std and gradient_mean are of the distance alone, without the factor that it has in the
    loss, and the latter is in units of the former. What is not finite, such as the logarithm of a
    distance of 0, is NaN.
    """
    fine = reconstructions[reconstructions.status.isin(PICTURES)].reset_index(drop=True)
    deviation = fine.gradient_std.where(fine.gradient_std > 0)
    values = fine[_GIVEN].assign(
        **{name: fine[above] / fine[below] for name, (above, below) in RATIOS.items()},
        gradient_std=deviation / fine.loss_factor,
        gradient_mean=fine.gradient_mean / deviation,
    )
    values["fall_of_g"] = values.i_over_start / values.g_over_start
    logged = values[sorted(LOGARITHMIC)]
    values[logged.columns] = np.log(logged.where(logged > 0))
    values = values.where(np.isfinite(values))
    places = [*_LAYER, "photo", "size"]
    return fine[places].join(values).groupby(places, sort=False, as_index=False).mean()


def estimate(values: pd.Series, column: str) -> Estimate:
    """Return the mean of a `by_photo` column, or of differences of it, with Student's interval.

    Of a logarithmic column, what it returns is a geometric mean, or a ratio. NaN does not count.
    """
    found = student(values.dropna().to_numpy())
    return Estimate(*np.exp(found).tolist()) if column in LOGARITHMIC else found


def _statistics(measured: pd.DataFrame) -> dict[str, float]:
    found = {"photos": measured.photo.nunique()}
    for column in _COLUMNS:
        found |= estimate(measured[column], column).columns(column)
    return found
