"""Photos crossed with networks: the interval covers what both would be, drawn anew."""

import numpy as np
import pytest

from preimage.measures.statistics.crossed import Crossed
from preimage.measures.statistics.samples import Sample


def drawn(rng, photos, networks, spread=(1.0, 1.0, 0.5)):
    of_photos, of_networks, own = spread
    values = of_photos * rng.standard_normal((photos, 1))
    values = values + of_networks * rng.standard_normal((1, networks))
    return values + own * rng.standard_normal((photos, networks))


@pytest.mark.parametrize("shape", [(8, 8), (12, 3), (3, 12)])
def test_the_interval_covers_the_mean_in_95_of_100_cases_or_more(shape):
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        _, low, high = Crossed(drawn(rng, *shape)).estimate
        inside += low < 0 < high
    assert inside / 400 > 0.93


def test_photos_of_many_networks_are_not_counted_as_many_photos():
    values = drawn(np.random.default_rng(1), 12, 3)
    found, pooled = Crossed(values), Sample(values.ravel())
    assert found.n == 3
    assert found.estimate.value == pytest.approx(pooled.estimate.value)
    assert np.ptp(found.estimate[1:]) > 2 * np.ptp(pooled.estimate[1:])


def test_of_one_network_the_interval_is_of_photos_and_there_is_one_unit():
    values = np.exp(np.random.default_rng(1).standard_normal(9))
    found = Crossed(values[:, None], "ratio")
    assert found.n == 1
    assert found.estimate == pytest.approx(Sample(values, "ratio").estimate)
    assert found.p_above(1) == pytest.approx(Sample(values, "ratio").p_above(1))
    assert np.isnan(Crossed(values[:1, None]).estimate.low)


def test_a_descent_that_failed_is_counted_and_stands_at_both_ends():
    values = drawn(np.random.default_rng(2), 5, 4)
    values[1, 2] = np.nan
    found = Crossed(values)
    assert (found.n, found.failed) == (4, 1)
    low, high = (found.with_failed(high=h).estimate.value for h in (False, True))
    assert low < found.estimate.value < high
    assert found.with_failed(high=True).failed == 0
    assert Crossed(np.full((2, 2), np.nan)).n == 0
    assert np.isnan(Crossed(np.full((2, 2), np.nan)).estimate.value)
