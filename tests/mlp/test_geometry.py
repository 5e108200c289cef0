"""The ellipsoid of inputs with near outputs, and condition numbers."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from preimage.measures.mlps.inversions import random_condition
from preimage.mlp.geometry import SMALL, conditions, directions, small_photo
from preimage.mlp.inversion import SHIFTS, outputs, shifted, square
from preimage.mlp.networks import Networks, start_noise

PLAN = {"layers": 2, "seed": 3, "samples": 2000, "noise": 0.01, "initial": "linear"}
N = 8
PHOTO = torch.linspace(0.1, 0.9, N, dtype=torch.float64)


@pytest.fixture(scope="module")
def found():
    return directions(PLAN, PHOTO)


def test_directions_hold_whole_distances(found):
    network = square(N, 2, seed=3)
    near = shifted(PHOTO, SHIFTS[0], 1, seed=3)
    assert np.linalg.norm(found.shifted) == pytest.approx(float((near - PHOTO).norm()))
    apart = float((outputs(network, near) - outputs(network, PHOTO[None])).norm())
    assert np.linalg.norm(found.singular_value * found.shifted) == pytest.approx(apart)
    assert (found.reach * found.singular_value).to_numpy() == pytest.approx(np.full(N, apart))
    assert found.singular_value.is_monotonic_decreasing


def test_the_shifted_point_and_the_end_of_the_flow_are_on_the_surface(found):
    for name in ("shifted", "descended"):
        assert np.linalg.norm(found[name] / found.reach) == pytest.approx(1)


def test_neighbours_spread_as_the_spikes_do(found):
    expected = 0.01 / found.singular_value
    assert found.neighbour.to_numpy() == pytest.approx(expected.to_numpy(), rel=0.06)


def test_the_flow_is_the_limit_of_small_steps(found):
    network = square(N, 2, seed=3)
    weight, there = network.fused().weights[0][0], outputs(network, PHOTO[None])
    point = start_noise(N, [3]).double()
    radius = found.reach[0] * found.singular_value[0]
    while float((gap := outputs(network, point) - there).norm()) > radius:
        point = point - 0.01 * gap @ weight
    assert np.linalg.norm(found.descended) == pytest.approx(float((point - PHOTO).norm()), rel=0.01)


def test_condition_numbers_are_those_of_the_maps():
    network = square(N, 3, seed=1)
    whole = network.fused().weights[0][0]
    table = conditions(network, torch.linalg.svdvals(whole).numpy()).set_index("map")
    last = network.weights[-1][0]
    for name, matrix in (("composed", whole), ("last", last)):
        assert table.condition[name] == pytest.approx(float(torch.linalg.cond(matrix)))
    assert table.largest["last"] == pytest.approx(float(torch.linalg.matrix_norm(last, 2)))


def test_single_layers_are_as_badly_conditioned_as_random_matrices():
    (layer,) = Networks.draw(80, [80], range(600), dtype=torch.float64).weights
    numbers = torch.linalg.cond(layer).numpy()
    for p in (0.25, 0.5, 0.75, 0.95):
        assert (numbers < random_condition(80, p)).mean() == pytest.approx(p, abs=0.05)


def test_a_map_that_loses_a_direction_has_no_condition_number():
    network = square(N, 1, seed=1)
    network = replace(network, weights=(torch.zeros(1, N, N, dtype=torch.float64),))
    assert conditions(network, np.array([1.0, 0.0])).condition.isna().all()


@pytest.mark.parametrize("inputs", SMALL)
def test_a_small_photo_is_the_photo_in_grey(inputs):
    photo = torch.rand(3, 64, 96, generator=torch.Generator().manual_seed(0))
    photo[:, :, 48:] += 1
    small = small_photo(photo / 2, inputs)
    assert small.shape == (inputs,)
    assert float(small.mean()) == pytest.approx(float(photo.mean() / 2), abs=0.01)
    assert small[0] < small[1]
