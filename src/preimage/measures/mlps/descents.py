"""What descents on fully connected networks come to: E1 to E4, F1, F2, page "Representation".

Seeds are the sample. Distances and widths are averaged as logarithms, because they are above 0 and
spread over decades.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from preimage.measures.statistics.intervals import geometric_mean
from preimage.status import OK
from preimage.tables.mlps import MLP_ENDS, MLP_WIDTHS

_EXPERIMENT = ["code", "experiment", "inputs", "relu"]
_NETWORK = [*_EXPERIMENT, "initial", "steps", "shape", "depth", "width", "iterations"]
_AT_ENDS = ("m_i_start", "m_i", "m_g_start", "m_g")


def tabulate_ends(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the table MLP_ENDS of rows MLPS, in their order."""
    ends = _ends(curves)
    rows = []
    for network, group in ends.groupby(_NETWORK, sort=False):
        fine = group[group.status == OK]
        row = dict(zip(_NETWORK, network, strict=True))
        row |= {"seeds": len(fine), "degenerate": len(group) - len(fine)}
        for column in _AT_ENDS:
            row |= geometric_mean(fine[column].to_numpy()).columns(column)
        rows.append(row)
    return pd.DataFrame(rows, columns=MLP_ENDS.names)


def tabulate_widths(curves: pd.DataFrame, complete: Mapping[str, float]) -> pd.DataFrame:
    """Return the table MLP_WIDTHS of rows MLPS.

    complete: by experiment, the share of its first value that m_i must fall to.
    """
    ends = _ends(curves[curves.experiment.isin(complete)])
    rows = []
    for place, group in ends.groupby([*_EXPERIMENT, "depth", "iterations"], sort=False):
        row = dict(zip([*_EXPERIMENT, "depth", "iterations"], place, strict=True))
        share = complete[row["experiment"]]
        needed = [needed_width(of_seed, share) for _, of_seed in group.groupby("seed")]
        crossing = np.array([width for width in needed if np.isfinite(width)])
        relus = {"never": 0, "between": row["depth"] - 1, "always": row["depth"]}[row["relu"]]
        zeroed = group.zeroed.mean()
        row |= {
            "relus": relus,
            "complete": share,
            "seeds": len(crossing),
            "outside": len(needed) - len(crossing),
            "zeroed": zeroed,
            "theory": row["inputs"] / (1 - zeroed) ** relus if relus else row["inputs"],
            "dimensions": row["inputs"] / (1 - zeroed) if relus else row["inputs"],
            "theory_half": row["inputs"] * 2**relus,
        }
        rows.append(row | geometric_mean(crossing).columns("needed"))
    return pd.DataFrame(rows, columns=MLP_WIDTHS.names)


def needed_width(ends: pd.DataFrame, share: float) -> float:
    """Return the least width from which on m_i falls to `share` of its start: of one seed's ends.

    Between two widths it is interpolated, logarithm by logarithm. NaN where the crossing is not
    within the widths, or where a descent did not end well.
    """
    ends = ends.sort_values("width")
    if (ends.status != OK).any():
        return np.nan
    over = np.log(ends.m_i.to_numpy() / (share * ends.m_i_start.to_numpy()))
    width = np.log(ends.width.to_numpy())
    above = np.flatnonzero(over > 0)
    if not len(above) or above[-1] == len(over) - 1:
        return np.nan
    i = above[-1]
    return float(np.exp(np.interp(0.0, over[[i + 1, i]], width[[i + 1, i]])))


def _ends(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the last row of each descent, with its first m_i and m_g beside."""
    columns = {"m_i": "m_i_start", "m_g": "m_g_start"}
    keys = [*_NETWORK, "seed"]
    starts = curves[curves.iteration == 0][[*keys, *columns]].rename(columns=columns)
    return curves[curves.iteration == curves.iterations].merge(starts, on=keys)
