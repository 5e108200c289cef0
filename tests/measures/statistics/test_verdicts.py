"""Verdicts: where the whole interval lies decides, and nothing else."""

from math import nan

import pytest

from preimage.measures.statistics.intervals import UNKNOWN, Estimate
from preimage.measures.statistics.verdicts import Between


@pytest.mark.parametrize(
    ("agrees", "low", "high", "verdict"),
    [
        (Between(low=1), 1.1, 9, "reproduced"),
        (Between(low=1), 0.9, 9, "inconclusive"),
        (Between(low=1), 0.1, 0.9, "not reproduced"),
        (Between(high=1), 0.1, 0.9, "reproduced"),
        (Between(high=1), 1.1, 9, "not reproduced"),
        (Between(0.5, 2), 0.6, 1.9, "reproduced"),
        (Between(0.5, 2), 0.4, 1.9, "inconclusive"),
        (Between(0.5, 2), 0.1, 9, "inconclusive"),
        (Between(0.5, 2), 2.1, 9, "not reproduced"),
        (Between(low=0), nan, nan, "inconclusive"),
    ],
)
def test_the_whole_interval_decides(agrees, low, high, verdict):
    assert agrees.verdict(Estimate(5, low, high)) == verdict


def test_what_was_not_counted_was_not_run():
    assert Between(low=0).verdict(UNKNOWN) == "not run"


def test_a_rule_can_be_read():
    found = [str(rule) for rule in (Between(low=1), Between(high=0), Between(-0.1, 0.1))]
    assert [text.removeprefix("95 % interval ") for text in found] == [
        *("above 1", "below 0", "between -0.1 and 0.1")
    ]
