"""Whether the table of claims can be trusted, by what follows from it alone (code Z2)."""

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pandas as pd

from preimage.claims.ledger import CALIBRATION, Evidence, claims
from preimage.measures.statistics.intervals import SEED
from preimage.measures.statistics.samples import Sample
from preimage.measures.statistics.verdicts import REPRODUCED

_DRAWS = 5000
_UNITS = {"Z2.2": 8, "Z2.3": 12}  # how many units are drawn
_MEAN = {"normal": 0.0, "skewed": 4.0, "heavy": 0.0}


def calibrate(rows: pd.DataFrame) -> Iterator[Evidence]:
    """Yield what rows CLAIMS say of controls, and how often intervals hold what they should."""
    yield from _controls(rows)
    for claim, units in _UNITS.items():
        parts = {name: Sample(_covered(name, units), "share") for name in _MEAN}
        yield Evidence(claim, parts, "simulated units", primary=True)


def _controls(rows: pd.DataFrame) -> Iterator[Evidence]:
    """Yield how many controls came out as reproduced where they should not, and by family."""
    expected = {name for name, claim in claims().items() if claim.also}
    judged = rows.control_verdict.isin(["", "not run"]) | rows.id.isin(expected)
    asked = rows[~judged & (rows.role != CALIBRATION)]
    wrong = (asked.control_verdict == REPRODUCED).to_numpy()
    if len(wrong):
        yield Evidence("Z2.1", _share(wrong), "all families", primary=True)
    for letter, places in asked.reset_index().groupby(asked.code.str[0].to_numpy()).indices.items():
        yield Evidence("Z2.1", _share(wrong[places]), f"family {letter}")


def _share(truths: np.ndarray) -> dict[str, Sample]:
    return {"share": Sample(truths, "share")}


@cache
def _covered(name: str, units: int) -> np.ndarray:
    """Return of each simulated sample whether its interval holds the mean it was drawn from."""
    random = np.random.default_rng([SEED, units])
    draw: dict[str, Callable[..., np.ndarray]] = {
        "normal": random.standard_normal,
        "skewed": lambda size: random.standard_gamma(4, size),  # of skewness 1
        "heavy": lambda size: random.standard_t(4, size),
    }
    ends = np.array([Sample(one).estimate[1:] for one in draw[name](size=(_DRAWS, units))])
    return (ends[:, 0] < _MEAN[name]) & (_MEAN[name] < ends[:, 1])
