"""Units: a photo in a layer of a network, its seeds averaged, nothing left out by its outcome."""

import numpy as np
import pandas as pd
import pytest
from reconstructed import reconstructed, traced

from preimage.measures.depth.courses import courses
from preimage.measures.depth.units import by_descent, by_photo, crossing
from preimage.tables.depth import RECOGNISED

LAYERS = ["conv1", "layer1"]
FIRST = {("reconstructions", "net"): "conv1"}


def units(rows, recognised=None):
    said = pd.DataFrame(columns=RECOGNISED.names) if recognised is None else recognised
    return by_photo(by_descent(rows, courses(traced(rows)), said), FIRST)


def test_seeds_are_averaged_on_the_scale_of_the_measure():
    rows = [reconstructed(["conv1"], seed=s, m_g=2.0 * 4**s, ssim=0.2 * s) for s in (1, 2)]
    found = units(pd.concat(rows))
    assert len(found) == 3
    assert np.exp(found.near).tolist() == pytest.approx([8.0] * 3)  # the geometric mean of 4 and 16
    assert found.ssim.tolist() == pytest.approx([0.3] * 3)
    assert np.exp(found.far).tolist() == pytest.approx([2.0] * 3)


def test_what_failed_has_no_measure_and_its_place_remains():
    rows = reconstructed(["conv1"])
    rows["status"] = ["not finite", "no gradient", "diverged"]
    found = units(rows)
    assert found.near.isna().tolist() == [True, True, False]
    again = reconstructed(["conv1"], seed=1)
    assert units(pd.concat([rows, again])).near.notna().all()  # another seed is there


def test_levels_lie_between_the_floor_and_conv1():
    rows = reconstructed(LAYERS, ssim=lambda i, _: [0.9, 0.3][i], ssim_others=0.1)
    found = units(rows).level.unstack("layer")
    assert found["conv1"].tolist() == pytest.approx([1] * 3)
    assert found["layer1"].tolist() == pytest.approx([0.25] * 3)
    assert units(reconstructed(["layer1"])).level.isna().all()


def test_shares_have_a_logit():
    found = units(reconstructed(["conv1"], beaten=lambda _, j: j / 2))  # of two other photos
    assert found.beaten.tolist() == pytest.approx([0.5 / 3, 1.5 / 3, 2.5 / 3])


def test_gradients_are_of_the_distance_alone():
    rows = reconstructed(["conv1"], loss_factor=0.01)
    assert np.exp(units(rows).gradient_middle).tolist() == pytest.approx([100] * 3)


def test_a_level_crosses_a_half_between_two_layers():
    levels = [
        [1, 0.8, 0.6, 0.1],
        [1, 0.4, 0.9, 0.1],
        [1, 1, 1, 0.9],
        [0.4, 0, 0, 0],
        [1, 1, np.nan, 0],
    ]
    found = crossing(pd.DataFrame(levels))
    assert found.tolist()[:4] == pytest.approx([2 + 0.1 / 0.5, 0.5 / 0.6, 4, 0])
    assert np.isnan(found[4])
