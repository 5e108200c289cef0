"""Intervals: published values, known cases, and what chance must look like."""

import numpy as np
import pytest

from preimage.measures.statistics.intervals import (
    correlation,
    jackknife,
    mean,
    share,
    shuffled,
    student,
)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_has_its_published_ends(successes, n, low, high):
    found = share(np.arange(n) < successes)
    assert found.value == successes / n
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_a_certain_share_keeps_an_interval_and_nothing_has_none():
    assert share(np.ones(10, bool)).high == 1
    assert 0.7 < share(np.ones(10, bool)).low < 0.75
    assert np.isnan(share(np.zeros(0, bool))).all()
    assert np.isnan(mean(np.zeros(0))).all()


def test_the_bootstrap_of_a_mean_is_close_to_theory_and_repeats():
    values = np.random.default_rng(0).normal(3, 2, 400)
    found = mean(values)
    half = 1.96 * values.std() / 20
    assert found.value == values.mean()
    assert found.low == pytest.approx(found.value - half, abs=0.1 * half)
    assert found.high == pytest.approx(found.value + half, abs=0.1 * half)
    assert found == mean(values)


def symmetric(random, n):
    matrix = np.triu(random.random((n, n)), k=1)
    return matrix + matrix.T


def test_correlation_over_pairs_is_that_of_the_pairs():
    random = np.random.default_rng(1)
    a, b = symmetric(random, 30), symmetric(random, 30)
    b = a + b
    upper = np.triu_indices(30, k=1)
    found = correlation(a, b)
    assert found.value == pytest.approx(np.corrcoef(a[upper], b[upper])[0, 1])
    assert found.low < found.value < found.high
    assert found == correlation(a, b)


def test_correlation_has_its_known_cases():
    a = symmetric(np.random.default_rng(2), 12)
    np.testing.assert_allclose(correlation(a, 3 * a + 1), 1)
    np.testing.assert_allclose(correlation(a, 5 - 2 * a), -1)
    assert np.isnan(correlation(a, np.full((12, 12), 0.1))).all()
    assert np.isnan(correlation(a[:3, :3], a[:3, :3])).all()
    gap = a.copy()
    gap[3, 4] = gap[4, 3] = np.nan
    np.testing.assert_allclose(correlation(gap, a), 1)


def test_unrelated_matrices_have_zero_in_their_interval_as_often_as_it_says():
    random = np.random.default_rng(4)
    found = [correlation(symmetric(random, 25), symmetric(random, 25)) for _ in range(40)]
    assert sum(e.low <= 0 <= e.high for e in found) >= 34


def test_chance_knows_what_is_by_chance_and_what_is_not():
    random = np.random.default_rng(5)
    asked = random.integers(4, size=200)
    unrelated, found = random.integers(4, size=200), np.where(random.random(200) < 0.5, asked, 0)
    by_chance = shuffled(asked[:, None] == unrelated)
    assert by_chance.mean == pytest.approx((asked[:, None] == unrelated).mean(), abs=0.003)
    assert by_chance.low < 0.25 < by_chance.high
    assert by_chance.p_value > 0.05
    assert shuffled(asked[:, None] == found).p_value < 0.001
    assert shuffled(asked[:, None] == asked).mean == pytest.approx(0.25, abs=0.02)


def test_chance_cannot_tell_anything_of_one_answer_for_all():
    always = shuffled(np.array([0, 1, 2, 3])[:, None] == np.zeros(4))
    assert always == (0.25, 0.25, 0.25, 1.0)


def test_students_interval_has_its_published_ends_and_one_value_has_none():
    # Student, Biometrika 6 (1908): hours of sleep that one drug gave ten patients more than
    # another; mean 1.58, deviation 1.23, and t of 9 degrees of freedom is 2.262 in any table.
    hours = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])
    found = student(hours)
    assert found.value == pytest.approx(1.58)
    assert found.high - found.value == pytest.approx(2.262 * 1.23 / np.sqrt(10), abs=0.001)
    assert found.value - found.low == pytest.approx(found.high - found.value)
    assert student(hours[:1]).value == 1.2
    assert np.isnan(student(hours[:1])[1:]).all()
    assert np.isnan(student(hours[:0])).all()


def test_a_jackknife_of_a_mean_is_students_interval():
    values = np.random.default_rng(3).normal(5, 2, 20)
    value, low, high = jackknife(lambda kept: values[kept].mean(), 20)
    assert (value, low, high) == pytest.approx(student(values))


def test_a_jackknife_holds_the_truth_of_a_statistic_of_pairs():
    draw = np.random.default_rng(8)
    held = 0
    for _ in range(100):
        a, b = draw.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 200).T
        _, low, high = jackknife(lambda k, a=a, b=b: np.corrcoef(a[k], b[k])[0, 1], 200)
        held += low < 0.6 < high
    assert 88 <= held <= 99


def test_a_jackknife_of_two_items_has_no_ends():
    value, low, high = jackknife(lambda kept: np.array([len(kept), 1.0]), 2)
    assert value.tolist() == [2, 1]
    assert np.isnan([*low, *high]).all()
