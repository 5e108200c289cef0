"""Slopes, gradients and equal levels of descents whose course is known."""

import numpy as np
import pandas as pd
import pytest

from preimage.measures.depth.courses import at_equal_level, courses


def trace(m_g, m_i, network="net"):
    steps = len(m_g)
    about = {"set": "s", "network": network, "item": "a", "seed": 1, "iteration": np.arange(steps)}
    return pd.DataFrame(about | {"gradient": np.linspace(2, 8, steps), "m_g": m_g, "m_i": m_i})


def test_slopes_are_the_powers_of_the_step_in_the_last_decade():
    steps = np.arange(1, 5001)
    late = np.where(steps < 500, 7.0, (steps / 500) ** 0.3)
    (row,) = courses(trace(steps**-0.7, late)).to_dict("records")
    assert row["slope_g"] == pytest.approx(-0.7)
    assert row["slope_i"] == pytest.approx(0.3, abs=0.01)


def test_a_short_descent_has_no_slopes_but_gradients():
    (row,) = courses(trace(np.ones(101), np.ones(101))).to_dict("records")
    assert np.isnan([row["slope_i"], row["slope_g"]]).all()
    found = [row[f"gradient_{time}"] for time in ("start", "middle", "end")]
    assert np.exp(found) == pytest.approx([2, 5, 8])


def test_descents_are_told_apart():
    steps = np.arange(1, 1001)
    both = [trace(steps**-k, steps**0.1, str(k)) for k in (0.5, 1.0)]
    assert courses(pd.concat(both)).slope_g.tolist() == pytest.approx([-0.5, -1])
    assert courses(both[0][:0]).empty


def test_inputs_are_compared_where_outputs_are_equally_far():
    near = trace([8.0, 4.0, 2.0, 1.0], [10.0, 9.0, 8.0, 7.0])
    less = trace([8.0, 6.0, 4.0], [30.0, 20.0, 18.0])
    assert at_equal_level(near, less, (2.0, 2.0)) == pytest.approx(np.log(9 / 18))
    assert at_equal_level(less, near, (2.0, 2.0)) == pytest.approx(np.log(18 / 9))
    # Of one whose neighbours are twice as far away, an m_g of 8 is as near.
    assert at_equal_level(near, less, (2.0, 1.0)) == pytest.approx(np.log(10 / 18))
    assert np.isnan(at_equal_level(near, less.assign(m_g=np.nan), (1.0, 1.0)))
