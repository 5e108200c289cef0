"""Counts of operations are those of the shapes."""

import pytest
import torch
from torch import nn

from preimage.cost.operations import Operations, counted


def on_meta(*shape, leaf=False):
    return torch.empty(*shape, device="meta", requires_grad=leaf)


def test_a_product_is_two_operations_for_each_multiplication():
    one, other = on_meta(3, 5), on_meta(5, 7)
    found = counted(lambda: one @ other)
    assert found.flops == 2 * 3 * 5 * 7
    assert sum(found.moved.values()) == 4 * (3 * 5 + 5 * 7 + 3 * 7)
    assert {*found.moved} == {(4 * 3 * 7).bit_length()}


def test_a_view_moves_nothing():
    one = on_meta(4, 6)
    assert not counted(lambda: one.T.reshape(6, 2, 2)[1]).moved


def test_the_gradient_of_an_image_alone_costs_as_much_as_forward():
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 3)).to("meta")
    network.requires_grad_(requires_grad=False)
    image = on_meta(2, 3, 16, 16, leaf=True)
    forward = counted(lambda: network(image.detach()))
    both = counted(lambda: network(image).sum().backward())
    assert forward.flops == 2 * 2 * (14**2 * 8 * 3 * 9 + 12**2 * 4 * 8 * 9)
    assert both.flops == 2 * forward.flops
    assert forward.held == 0
    assert both.held >= 4 * 2 * 8 * 14**2, "the ReLU's output, at least"


@pytest.mark.parametrize("groups", [1, 4, 8])
def test_a_training_takes_three_times_as_much_as_forward(groups):
    layer = nn.Conv2d(8, 16, 3, groups=groups, bias=False).to("meta")
    image = on_meta(2, 8, 10, 10, leaf=True)
    found = counted(lambda: layer(image).sum().backward())
    assert found.flops == 3 * 2 * 2 * 8**2 * 16 * (8 // groups) * 9


def test_weights_are_not_among_what_is_held():
    layer = nn.Linear(100, 1).to("meta")
    image = on_meta(2, 100, leaf=True)
    found = counted(lambda: layer(image + 1).sum().backward())
    assert found.held == 4 * 2 * 100, "what goes in, for the gradient of the weights"


def test_what_follows_uses_the_same_memory():
    one = Operations(10, {4: 8.0}, held=100)
    other = Operations(1, {4: 1.0, 9: 2.0}, held=30)
    both = one + 3 * other
    assert both == Operations(13, {4: 11.0, 9: 6.0}, held=100)
    assert one * 2 == Operations(20, {4: 16.0}, held=100)


@pytest.mark.parametrize("batch", [1, 4])
def test_a_batch_takes_as_much_for_each_image(batch):
    layer = nn.Conv2d(3, 8, 3).to("meta").requires_grad_(requires_grad=False)
    found = counted(lambda: layer(on_meta(batch, 3, 8, 8, leaf=True)).sum().backward())
    assert found.flops == batch * 2 * 2 * 6**2 * 8 * 3 * 9
