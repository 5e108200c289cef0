"""How layers change with depth, and whether their descents come to rest, against plain code."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from preimage.measures.feature_maps.convergence import converged
from preimage.measures.feature_maps.trends import centre, pseudovalues, spearman

DEPTH = np.arange(11.0)


def test_a_correlation_is_scipy_s():
    random = np.random.default_rng(1)
    measure = np.round(random.normal(size=11), 1)
    found = stats.spearmanr(DEPTH, measure).statistic
    assert spearman(DEPTH, measure) == pytest.approx(found)
    assert np.isnan(spearman(DEPTH, np.ones(11)))


def test_a_centre_is_where_a_measure_balances():
    assert centre(DEPTH, np.eye(11)[4]) == 4
    assert centre(DEPTH, np.ones(11)) == 5
    assert np.isnan(centre(DEPTH, np.zeros(11)))


def test_pseudovalues_of_a_mean_are_its_values():
    values = np.random.default_rng(2).normal(size=9)
    assert pseudovalues(np.mean, values) == pytest.approx(values)


def test_pseudovalues_of_a_correlation_have_the_jackknife_s_error():
    random = np.random.default_rng(3)
    measure = DEPTH + random.normal(0, 4, 11)
    found = pseudovalues(spearman, DEPTH, measure)
    left = [spearman(*(np.delete(v, i) for v in (DEPTH, measure))) for i in range(11)]
    error = np.sqrt(10 / 11 * np.sum((left - np.mean(left)) ** 2))
    assert found.std(ddof=1) / np.sqrt(11) == pytest.approx(error)
    bias = 10 * (np.mean(left) - spearman(DEPTH, measure))
    assert found.mean() == pytest.approx(spearman(DEPTH, measure) - bias)


def test_layers_without_a_value_have_no_pseudovalue_and_do_not_change_the_others():
    measure = DEPTH**2
    gap = np.where(DEPTH == 4, np.nan, measure)
    found = pseudovalues(centre, DEPTH, gap)
    assert np.isnan(found[4])
    rest = pseudovalues(centre, np.delete(DEPTH, 4), np.delete(measure, 4))
    assert np.delete(found, 4) == pytest.approx(rest)
    assert np.isnan(pseudovalues(centre, DEPTH[:2], measure[:2])).all()


@pytest.mark.parametrize(
    ("losses", "rests"),
    [
        (np.exp(-np.arange(50) / 5), True),
        (np.exp(np.arange(50) / 50), False),
        (np.full(50, 2.0), False),
        (10 - 0.1 * np.arange(50), False),
        (np.append(np.linspace(10, 1, 45), np.full(5, 1.0)), True),
        (np.full(50, np.nan), False),
    ],
)
def test_a_descent_that_comes_to_rest_has_converged(losses, rests):
    cells = {"set": "s", "network": "n", "item": "i", "seed": 1}
    rows = [cells | {"iteration": i, "loss": loss} for i, loss in enumerate(losses)]
    rows += [cells | {"item": "j", "iteration": i, "loss": 1.0} for i in range(3)]
    found = converged(pd.DataFrame(rows).sample(frac=1, random_state=1))
    assert found.set_index("item").converged.to_dict() == {"i": rests, "j": False}
