"""Exact inversion: inputs from outputs, noise on either, and what a descent finds beside them."""

from dataclasses import replace

import pytest
import torch

from preimage.mlp.inversion import (
    METHODS,
    descended,
    inverted,
    measured,
    neighbours,
    outputs,
    points,
    shifted,
    square,
)
from preimage.mlp.networks import start_noise

N = 24
PHOTO = torch.linspace(0.1, 0.9, N, dtype=torch.float64)
PLAN = {
    "layers": 3,
    "seed": 5,
    "samples": 4,
    "noise": 0.001,
    "descent_steps": 50,
    "initial": "linear",
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("layers", [1, 4])
def test_an_inverse_gives_the_inputs_back(method, layers):
    network = square(N, layers, seed=1)
    inputs = torch.rand(7, N, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = inverted(network, method)(outputs(network, inputs))
    torch.testing.assert_close(found, inputs, rtol=0, atol=1e-9)


def test_outputs_are_those_of_the_network():
    network = square(N, 3, seed=1)
    torch.testing.assert_close(outputs(network, PHOTO[None]), network(PHOTO[None]))


def test_float32_loses_what_float64_keeps():
    lost = {}
    for precision in ("float32", "float64"):
        network = square(200, 3, seed=1, precision=precision)
        photo = torch.full((1, 200), 0.5, dtype=network.weights[0].dtype)
        found = inverted(network)(outputs(network, photo))
        lost[precision] = float((found - photo).norm())
    assert lost["float32"] > 1e6 * lost["float64"]


def test_neighbours_have_the_output_and_noise_on_it():
    network = square(N, 2, seed=1)
    found = neighbours(network, inverted(network), PHOTO, 0.01, samples=500, seed=3)
    apart = outputs(network, found) - outputs(network, PHOTO[None])
    assert float(apart.std()) == pytest.approx(0.01, rel=0.03)
    assert float(apart.mean()) == pytest.approx(0, abs=0.001)


def test_neighbours_are_as_far_as_the_singular_values_say():
    network = square(N, 2, seed=1)
    found = neighbours(network, inverted(network), PHOTO, 0.01, samples=4000, seed=3)
    values = torch.linalg.svdvals(network.fused().weights[0][0])
    expected = 0.01 * values.pow(-2).sum().sqrt()
    assert float((found - PHOTO).norm(dim=1).square().mean().sqrt()) == pytest.approx(
        float(expected), rel=0.05
    )


def test_further_samples_leave_the_first_as_they_are():
    few, many = shifted(PHOTO, 0.1, 3, seed=1), shifted(PHOTO, 0.1, 5, seed=1)
    assert torch.equal(few, many[:3])
    assert not torch.equal(few, shifted(PHOTO, 0.1, 3, seed=2))


def test_noise_of_another_deviation_points_the_same_way():
    small, large = shifted(PHOTO, 0.1, 3, seed=1), shifted(PHOTO, 0.2, 3, seed=1)
    torch.testing.assert_close(2 * (small - PHOTO), large - PHOTO)


def test_the_descent_is_that_of_the_recipe():
    network = square(N, 2, seed=1)
    found = descended(network, PHOTO, 30, seed=4)
    there = outputs(network, PHOTO[None])
    expected = start_noise(N, [4]).double().requires_grad_()
    for step in range(30):
        lr = 0.1 * (30 - step) / 30 + 1e-4 * step / 30
        loss = 0.35 * (outputs(network, expected) - there).abs().sum()
        (gradient,) = torch.autograd.grad(loss, expected)
        expected = (expected - lr * gradient).detach().requires_grad_()
    torch.testing.assert_close(found, expected.detach())


def test_points_are_of_every_kind_once():
    found = [(about, len(inputs)) for about, inputs in points(PLAN, PHOTO)]
    kinds = [(about["point"], about["precision"], about["method"]) for about, _ in found]
    solved = [(p, m) for p in ("float64", "float32") for m in METHODS]
    assert sorted(kinds) == sorted(
        [("shifted", "float64", "noise")] * 2
        + [(kind, *how) for kind in ("recovered", "neighbour") for how in solved]
        + [("descended", "float64", "descent")]
    )
    assert all(n == (4 if about["deviation"] else 1) for about, n in found)
    assert [about["point"] for about, _ in found if about["code"] == "E9"] == ["descended"]


def test_distances_are_measured_on_both_sides():
    network = square(N, 1, seed=1)
    network = replace(network, weights=(2 * torch.eye(N, dtype=torch.float64)[None],))
    away = PHOTO.clone()
    away[:6] += 10
    found = measured(network, PHOTO, torch.stack([PHOTO, away]))
    assert found.m_i.tolist() == pytest.approx([0, 10 * 6**0.5])
    assert found.m_g.tolist() == pytest.approx([0, 20 * 6**0.5])
    assert found.outside.tolist() == [0, 0.25]


def test_distances_that_overflow_are_left_empty():
    away = torch.full((1, N), torch.inf, dtype=torch.float64)
    found = measured(square(N, 1, seed=1), PHOTO, away)
    assert found[["m_i", "m_g"]].isna().all(axis=None)


@pytest.mark.parametrize("method", METHODS)
def test_a_layer_without_an_inverse_is_an_error(method):
    network = square(N, 1, seed=1)
    network = replace(network, weights=(torch.zeros(1, N, N, dtype=torch.float64),))
    with pytest.raises(RuntimeError, match=r"zero|singular"):
        inverted(network, method)
