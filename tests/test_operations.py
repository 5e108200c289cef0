"""Counts of operations are those of the shapes."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from preimage.operations import Operations, Shapes, counted


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


def branches():
    """Return a network on the `meta` device with what networks have that is odd to count."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, groups=8),
        nn.BatchNorm2d(8),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 4),
    )
    return network.to("meta").eval().requires_grad_(requires_grad=False)


def test_forward_is_as_pytorch_counts_it():
    network, image = branches(), on_meta(2, 3, 16, 16)
    with FlopCounterMode(display=False) as theirs:
        network(image)
    assert counted(lambda: network(image)).flops == theirs.get_total_flops() > 0


def test_what_is_known_is_counted_again():
    """The second time no operation is run, and all of it is counted."""
    network = branches()

    def take():
        image = on_meta(3, 3, 20, 20, leaf=True)
        network(image.contiguous(memory_format=torch.channels_last)).sum().backward()

    first = counted(take)
    assert counted(take) == first
    assert first.flops > 0
    assert first.held > 0


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_shapes_that_are_known_lie_as_those_that_are_computed(layout):
    network = branches()[:4]
    image = on_meta(2, 3, 16, 16).contiguous(memory_format=layout)
    plain = network(image)
    for _ in range(2):
        with Shapes():
            found = network(image)
        assert (found.shape, found.stride(), found.dtype) == (
            *(plain.shape, plain.stride(), plain.dtype),
        )
    other = on_meta(2, 3, 18, 16).contiguous(memory_format=layout)
    with Shapes():
        assert network(other).shape == (2, 8, 7, 6)


def test_values_that_are_there_are_computed():
    one = torch.ones(3)
    with Shapes():
        assert (one + one).tolist() == [2, 2, 2]
        assert (one * 3 + one).tolist() == [4, 4, 4]
        one += 1
        one += 1
    assert one.tolist() == [3, 3, 3]
