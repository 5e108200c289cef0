"""The table calibrates itself by its controls, and by what its intervals hold."""

import numpy as np
import pandas as pd
import pytest

from preimage.claims.calibration import calibrate
from preimage.claims.ledger import Evidence, table
from preimage.measures.statistics.samples import Known, Sample

YES, NO = np.full(60, 1.0), np.zeros(60)


def controls(*wrong):
    """Return rows of claims I1.6 whose controls are reproduced or not."""
    own = {"share": Sample(YES, "share")}
    evidence = [
        Evidence("I1.6", own, "net", control={"share": Sample(YES if w else NO, "share")})
        for w in wrong
    ]
    also = {"correlation": Known(0.9), "nearer": Sample(-1 - np.arange(9) / 10)}
    evidence += [Evidence("M1.1", also, "net", control=also)]  # which should hold of it, too
    return table(evidence, calibrate).set_index("id")


@pytest.mark.parametrize(
    ("wrong", "verdict"),
    [
        ([False] * 30, "reproduced"),
        ([True] * 30, "not reproduced"),
        ([True] * 6 + [False] * 24, "inconclusive"),
        ([False] * 5, "inconclusive"),  # few
    ],
)
def test_controls_that_come_out_as_reproduced_are_counted(wrong, verdict):
    found = controls(*wrong).loc[["Z2.1"]]
    assert found.role.tolist() == ["calibration", "exploratory"]
    assert found.networks.tolist() == ["all families", "family I"]
    assert found.n.tolist() == [len(wrong)] * 2  # not those that should hold of the control
    assert found.value.iloc[0] == pytest.approx(np.mean(wrong))
    assert found.verdict.iloc[0] == verdict


def test_without_controls_nothing_is_known_of_them_but_intervals_are_simulated():
    found = table([], calibrate).set_index("id")
    assert found.verdict["Z2.1"] == "not run"
    for claim in ("Z2.2", "Z2.3"):
        assert found.role[claim] == "calibration"
        assert found.n[claim] == 5000
        value = pd.to_numeric(found.parts[claim].split()[1])
        assert value == pytest.approx(0.95, abs=0.012)  # of normal ones
