"""Skewness, kurtosis and tests of normality of map means."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from preimage.measures.space.normality import distributions, shape
from preimage.tables.parquet import read_table, write_table
from preimage.tables.space import MAP_DISTRIBUTIONS


def rows(values, number=0, status="ok"):
    """Return rows MAP_MEANS of one map."""
    return pd.DataFrame(
        {
            **{"code": "L1", "set": "class_images", "network": "net", "space": "s", "layer": "l"},
            **{
                "judge": "net",
                "map": number,
                "batch_norm": True,
                "seed": 999,
                "class": range(len(values)),
            },
            **{"name": "x", "mean": values, "status": status},
        }
    )


def test_the_shape_is_scipys_and_its_interval_holds_that_of_the_population():
    draw = np.random.default_rng(4)
    held = []
    for _ in range(40):
        values = draw.exponential(size=400)
        skewness, kurtosis = shape(values)
        held.append(skewness.low < 2 < skewness.high)
    assert skewness.value == pytest.approx(stats.skew(values))
    assert kurtosis.value == pytest.approx(stats.kurtosis(values))
    assert np.mean(held) > 0.5  # percentile intervals of a heavy tail are too low, not absurd


def test_normal_and_skewed_maps_are_told_apart(tmp_path):
    draw = np.random.default_rng(5)
    means = pd.concat([rows(draw.normal(size=100)), rows(draw.exponential(size=100), 4)])
    means = pd.concat([means, rows([np.nan], 4, "not finite")])
    write_table(distributions(means), tmp_path / "t", MAP_DISTRIBUTIONS)
    normal, skewed = read_table(tmp_path / "t", MAP_DISTRIBUTIONS).itertuples()
    assert normal.normaltest_p > 0.05 > skewed.normaltest_p
    assert normal.shapiro_p > 0.05 > skewed.shapiro_p
    assert (skewed.pictures, skewed.degenerate) == (100, 1)
    assert normal.skewness_low < 0 < normal.skewness_high
    assert skewed.skewness_low > 0.5


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [3.0] * 30])
def test_too_few_and_constant_values_have_no_shape(values, tmp_path):
    with warnings.catch_warnings(action="error"):
        found = distributions(rows(values, status="ok"))
    write_table(found, tmp_path / "t", MAP_DISTRIBUTIONS)
    for row in read_table(tmp_path / "t", MAP_DISTRIBUTIONS).itertuples():
        assert np.isnan([row.skewness, row.kurtosis, row.normaltest_p, row.shapiro_p]).all()


def test_a_few_pictures_have_the_test_that_is_valid_for_them():
    found = distributions(rows(np.random.default_rng(0).normal(size=10))).iloc[0]
    assert found.shapiro_p > 0
    assert np.isnan(found.normaltest_p)
