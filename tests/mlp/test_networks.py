"""Fully connected networks: their weights, their map, their fused product, their inputs."""

from typing import get_args

import pytest
import torch
from torch import nn

from preimage.mlp import networks
from preimage.mlp.networks import Networks, Relu, photo_vector, start_noise


def test_weights_are_those_of_a_linear_layer(monkeypatch):
    monkeypatch.setattr(networks, "_generator", lambda *_: torch.Generator().manual_seed(7))
    drawn = Networks.draw(12, [9], [0])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        layer = nn.Linear(12, 9)
    assert torch.equal(drawn.weights[0][0], layer.weight)
    assert torch.equal(drawn.biases[0][0], layer.bias)


def test_a_network_depends_on_its_own_seed_alone():
    alone, among = Networks.draw(12, [9, 8], [5]), Networks.draw(12, [9, 8, 7], [3, 5])
    for depth in (0, 1):
        assert torch.equal(alone.weights[depth][0], among.weights[depth][1])
        assert torch.equal(alone.biases[depth][0], among.biases[depth][1])
        assert not torch.equal(among.weights[depth][0], among.weights[depth][1])
    double = Networks.draw(12, [9, 8], [5], dtype=torch.float64)
    assert torch.equal(double.weights[1], alone.weights[1].double())


@pytest.mark.parametrize("relu", get_args(Relu))
def test_the_map_is_that_of_a_stack_of_layers(relu):
    drawn = Networks.draw(6, [5, 4], [1, 2], relu=relu)
    inputs = start_noise(6, [1, 2])
    for s in range(2):
        value = inputs[s]
        for depth in (0, 1):
            value = drawn.weights[depth][s] @ value + drawn.biases[depth][s]
            if relu == "always" or (relu == "between" and depth == 0):
                value = value.relu()
        torch.testing.assert_close(drawn(inputs)[s], value)
    torch.testing.assert_close(drawn(inputs[0])[0], drawn(inputs)[0])


def test_the_fused_product_is_the_same_map():
    drawn = Networks.draw(20, [30, 25, 15], [1, 2], dtype=torch.float64)
    fused, inputs = drawn.fused(), start_noise(20, [1, 2]).double()
    assert fused.widths == (15,)
    torch.testing.assert_close(fused(inputs), drawn(inputs), rtol=1e-12, atol=1e-12)
    assert Networks.draw(20, [5], [1], relu="between").is_linear
    with pytest.raises(ValueError, match="not linear"):
        Networks.draw(20, [5, 5], [1], relu="between").fused()


def test_start_noise_is_that_of_the_pages_and_of_its_seed():
    noise = start_noise(10_000, [1, 999])
    assert torch.equal(noise[1], start_noise(10_000, [999])[0])
    assert noise.mean(1).tolist() == pytest.approx([0.7, 0.7], abs=0.002)
    assert noise.std(1).tolist() == pytest.approx([0.05, 0.05], abs=0.002)


def test_a_photo_is_squashed_and_keeps_its_range():
    photo = (torch.arange(40 * 20).reshape(1, 40, 20) / 799).expand(3, -1, -1)
    vector = photo_vector(photo, 4)
    assert vector.shape == (48,)
    assert vector.min() >= 0
    assert vector.max() <= 1
    assert (vector.reshape(3, 4, 4).diff(dim=1) > 0.1).all()


@pytest.mark.parametrize("initial", ["orthogonal", "normal", "kaiming", "xavier"])
def test_weights_can_be_drawn_in_other_ways(initial):
    made = Networks.draw(200, [200, 100], [1, 2], initial=initial, dtype=torch.float64)
    if initial == "orthogonal":
        for weight in made.weights:
            eye = torch.eye(weight.shape[1], dtype=torch.float64).expand(2, -1, -1)
            torch.testing.assert_close(weight @ weight.mT, eye, rtol=0, atol=1e-5)
    else:
        (wide, _) = made.weights
        deviation = {"normal": 0.02, "kaiming": 0.1, "xavier": (1 / 200) ** 0.5}[initial]
        assert wide.std().item() == pytest.approx(deviation, rel=0.02)
