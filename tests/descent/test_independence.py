"""No picture knows what was made beside it, before it, or by whom it is watched."""

import pytest
import torch
from descents import made, one, parse, recipe, same_bytes

from preimage.descent.descend import descend
from preimage.descent.recipe import Octave, Recipe

MIX = ["toy:logits[0]", "toy:logits[3]", "toy:logits[1] - 2 * toy:logits[4]", "-toy:logits[2]",
       "other:logits[0]", "match(toy:conv2, photo, L1)", "match(toy:conv2, cat, L1)"]  # fmt: skip
JITTERED = {"iterations": 12, "crop": 12, "sigma": (1.5, 0.4), "lr": (0.5, 0.1)}


PLAIN, REGULAR = {}, {"regularisers": {"l1": 0.01, "total_variation": 0.01}}
SMOOTH = {"smooth": 1.4, "colour": 0.5, "normalised": True}


@pytest.mark.parametrize("changes", [PLAIN, REGULAR, SMOOTH])
def test_a_picture_does_not_depend_on_its_batch_mates(networks, changes):
    how = recipe(**JITTERED, **changes)
    alone = [made([line], networks, how)[0] for line in MIX]
    together = made(MIX, networks, how)
    backwards = made(MIX[::-1], networks, how)[::-1]
    crowded = made(MIX[:3] + ["toy:logits[5]"] * 4, networks, how)
    for i in range(len(MIX)):
        same_bytes(alone[i], together[i])
        same_bytes(alone[i], backwards[i])
    for i in range(3):
        same_bytes(alone[i], crowded[i])


def test_nor_in_a_network_with_folded_batch_norms(networks):
    lines = [f"resnet:logits[{c}]" for c in range(6)]
    how = recipe(size=32, iterations=4, sigma=(1.0, 0.5))
    together = made(lines, networks, how)
    same_bytes(together[1], made([lines[1]], networks, how)[0])
    same_bytes(together[5], made([lines[5]], networks, how)[0])


def test_the_network_always_sees_as_many_images(networks):
    """Convolutions round differently by batch size, and descents magnify that."""
    sizes = set()
    handle = networks["toy"].conv1.register_forward_hook(lambda _, __, out: sizes.add(len(out)))
    made(MIX[:1], networks, recipe(), batch=3)  # layers are proven with one, two and five images
    made(MIX[:4], networks, recipe(), batch=3)  # a full one and one more
    handle.remove()
    assert sizes == {1, 2, 3, 5}


@pytest.mark.parametrize("regularisers", [{}, {"l1": 0.01, "l2": 0.01, "total_variation": 0.01}])
def test_other_batch_sizes_agree_to_rounding(networks, regularisers):
    how = recipe(**JITTERED, regularisers=regularisers)
    for small, large in zip(
        made(MIX, networks, how, batch=1), made(MIX, networks, how, batch=5), strict=True
    ):
        torch.testing.assert_close(small.image, large.image, rtol=1e-4, atol=1e-5)


def test_a_seed_is_a_start_and_a_jitter(networks):
    lines = ["toy:logits[0]"] * 3
    a, b, c = made(lines, networks, recipe(**JITTERED), seeds=[1, 2, 1])
    same_bytes(a, c)
    assert (a.image != b.image).any()
    assert [a.seed, b.seed, c.seed] == [1, 2, 1]
    same_bytes(made(lines[:1], networks, recipe(**JITTERED), seeds=2)[0], b)


def test_the_global_generator_is_neither_read_nor_moved(networks):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = one("toy:logits[0]", networks, recipe(**JITTERED))
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    same_bytes(first, one("toy:logits[0]", networks, recipe(**JITTERED)))


def test_networks_are_left_as_they_were(networks):
    network = networks["toy"]
    network.train()
    weights = {key: value.clone() for key, value in network.state_dict().items()}
    one("toy:logits[0]", networks)
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert all(torch.equal(value, weights[key]) for key, value in network.state_dict().items())
    assert network.training


def test_callbacks_are_told_each_step_and_change_nothing(networks):
    told = []
    how = Recipe((Octave(8, 2, (0.1, 0.1)), Octave(12, 3, (0.1, 0.1))))
    lines = [parse(f"toy:logits[{c}]") for c in range(5)]
    plain = descend(lines, how, networks, batch=3)
    found = descend(lines, how, networks, batch=3, callback=told.append)
    for left, right in zip(plain, found, strict=True):
        same_bytes(left, right)
    assert [step.done for step in told] == [1, 2, 3, 4, 5] * 2
    assert {step.total for step in told} == {5}
    assert [list(step.items) for step in told[::5]] == [[0, 1, 2], [3, 4]]
    assert [tuple(step.images.shape) for step in told[5:8]] == [(2, 3, 8, 8)] * 2 + [(2, 3, 12, 12)]
    assert torch.equal(told[-1].images[1], found[4].image)
    assert told[-1].losses[1] == found[4].loss[-1]
