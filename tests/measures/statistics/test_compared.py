"""Correlations, differences of two kinds and permutation tests: intervals, p values, failures."""

import numpy as np
import pytest
from scipy import stats

from preimage.measures.statistics.compared import (
    Correlation,
    Difference,
    Excess,
    pearson,
    spearman,
)
from preimage.measures.statistics.rules import part

RANDOM = np.random.default_rng(3)
ABOVE = part("excess", "> 0")


def test_the_difference_of_two_kinds_has_welch_s_interval_and_p():
    a, b = RANDOM.normal(2, 1, 9), RANDOM.normal(1, 3, 14)
    test = stats.ttest_ind(a, b, equal_var=False, alternative="greater")
    ends = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    found = Difference(a, b)
    assert found.estimate == pytest.approx((a.mean() - b.mean(), ends.low, ends.high))
    assert found.p_above(0) == pytest.approx(test.pvalue)
    assert found.p_above(found.estimate.low) == pytest.approx(0.025)
    assert Difference(np.ones(3), np.zeros(4)).estimate == (1, 1, 1)
    assert np.isnan(Difference(a[:1], b).estimate.value)
    ratio = Difference(np.exp(a), np.exp(b), "ratio").estimate
    assert ratio == pytest.approx(np.exp(found.estimate))


def test_a_correlation_has_the_interval_of_fisher_s_z():
    a = RANDOM.normal(size=20)
    b = a + RANDOM.normal(size=20)
    found, known = pearson(a[:, None], b[:, None]), stats.pearsonr(a, b)
    assert found.value == pytest.approx(known.statistic)
    ends = known.confidence_interval()
    assert found.estimate[1:] == pytest.approx((ends.low, ends.high), abs=1e-6)
    assert found.p_above(found.estimate.low) == pytest.approx(0.025)
    assert spearman(a, b).value == pytest.approx(stats.spearmanr(a, b).statistic)
    assert np.isnan(spearman(a, np.ones(20)).estimate.value)


@pytest.mark.parametrize("kind", ["correlation", "difference"])
def test_units_that_failed_are_counted_and_stand_at_both_ends(kind):
    a, b = RANDOM.normal(size=12), RANDOM.normal(size=12)
    a[3] = np.nan
    found = spearman(a, b) if kind == "correlation" else Difference(a, b)
    assert (found.n, found.failed) == (11, 1)
    low, high = (found.with_failed(high=end) for end in (False, True))
    assert low.estimate.value < found.estimate.value < high.estimate.value
    assert low.failed == high.failed == 0


def test_a_correlation_of_which_all_failed_has_no_value():
    found = Correlation(np.nan, np.nan, 0, 5)
    assert np.isnan(found.estimate.value)
    assert np.isnan(found.p_above(0))


@pytest.mark.parametrize(
    ("value", "verdict"), [(4.0, "reproduced"), (0.3, "inconclusive"), (-4.0, "not reproduced")]
)
def test_an_excess_lies_above_shuffles_among_them_or_below(value, verdict):
    found = Excess(value, [value, *RANDOM.normal(size=999)], 20)
    assert ABOVE.rule.verdict(found.estimate) == verdict
    assert (found.p_above(0) <= 0.025) == (verdict == "reproduced")


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(0, "inconclusive"), (1, "inconclusive"), (2, "inconclusive"), (5, "reproduced")],
)
def test_what_most_shuffles_give_is_neither_above_nor_below_them(value, verdict):
    counts = np.arange(6)
    often = stats.binom(5, 0.1).pmf(counts)  # 59 % give 0
    found = Excess(float(value), counts, 5, often)
    assert ABOVE.rule.verdict(found.estimate) == verdict
    assert found.p_above(0) == pytest.approx(stats.binom(5, 0.1).sf(value - 1))


def test_what_all_shuffles_give_is_no_more_than_chance():
    assert ABOVE.rule.verdict(Excess(1.0, [1.0] * 50, 2).estimate) == "not reproduced"
    assert ABOVE.rule.verdict(Excess(np.nan, [], 0).estimate) == "not run"
