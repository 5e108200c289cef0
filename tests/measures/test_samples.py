"""Intervals cover what they say, and p values agree with them."""

import numpy as np
import pytest
from scipy.special import expit

from preimage.errors import UserError
from preimage.measures.statistics.rules import part
from preimage.measures.statistics.samples import Known, Sample

DRAWN = np.random.default_rng(0)


@pytest.mark.parametrize("n", [8, 12])
@pytest.mark.parametrize(
    ("scale", "draw", "true"),
    [
        ("mean", lambda n: DRAWN.normal(1, 2, n), 1.0),
        ("ratio", lambda n: DRAWN.lognormal(0.5, 0.8, n), np.exp(0.5)),
        ("correlation", lambda n: np.tanh(DRAWN.normal(0.6, 0.3, n)), np.tanh(0.6)),
        ("proportion", lambda n: expit(DRAWN.normal(1, 0.7, n)), expit(1)),
    ],
)
def test_nineteen_of_twenty_intervals_hold_the_truth(n, scale, draw, true):
    found = [Sample(draw(n), scale).estimate for _ in range(600)]
    assert np.mean([one.low <= true <= one.high for one in found]) > 0.93


@pytest.mark.parametrize(
    ("sample", "bound"),
    [
        (Sample(DRAWN.normal(1, 1, 9)), "low"),
        (Sample(DRAWN.lognormal(0, 1, 12), "ratio"), "low"),
        (Sample(np.arange(30) < 20, "share"), "low"),
        (Sample(DRAWN.normal(1, 1, 40)), "low"),
        (Sample(np.tanh(DRAWN.normal(1, 1, 9)), "correlation"), "low"),
        (Sample(expit(DRAWN.normal(1, 1, 9)), "proportion"), "low"),
    ],
)
def test_the_p_value_at_an_interval_s_end_is_a_fortieth(sample, bound):
    assert sample.p_above(getattr(sample.estimate, bound)) == pytest.approx(0.025, abs=0.005)


def test_units_of_families_have_wider_shares():
    truths = np.repeat(DRAWN.random(12) < 0.6, 10)
    alone = Sample(truths, "share").estimate
    families = Sample(truths, "share", families=np.repeat(np.arange(12).astype(str), 10)).estimate
    assert families.value == alone.value
    assert families.high - families.low > 1.5 * (alone.high - alone.low)


def test_values_without_spread_have_an_interval_of_no_width():
    found = Sample(np.full(8, 2.0), "ratio")
    assert found.estimate == pytest.approx((2, 2, 2))
    assert (found.p_above(1), found.p_above(3)) == (0, 1)


@pytest.mark.parametrize("text", ["0.5", ">= 0.5", "in 2", "> x"])
def test_a_rule_of_another_form_is_an_error(text):
    with pytest.raises(UserError, match="share"):
        part("share", text)


def test_what_is_exact_has_no_p_value():
    assert np.isnan(part("rank", "is 0").p(Known(0)))
    assert part("rank", "is 0").rule.verdict(Known(0).estimate) == "reproduced"
    assert part("rank", "is 0").rule.verdict(Known(3).estimate) == "not reproduced"


def test_families_that_all_say_the_same_are_as_many_truths():
    whole = Sample(np.ones(60), "share", [f"family {i // 6}" for i in range(60)])
    assert whole.estimate == pytest.approx(Sample(np.ones(10), "share").estimate)
    assert whole.p_above(0.5) == pytest.approx(Sample(np.ones(10), "share").p_above(0.5))
