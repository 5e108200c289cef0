"""The value of an objective is the weighted sum of what its terms say, image by image."""

import pytest
import torch
from torch import nn

from preimage.descent.layers import Extractor
from preimage.descent.objective import Objective
from preimage.descent.value import Value, kind
from preimage.photos import squash

parse = Objective.parse


def toy(seed):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(), nn.Conv2d(6, 8, 3), nn.Flatten(), nn.LazyLinear(5)
    ).eval()


@pytest.fixture(scope="module")
def networks():
    found = {"one": toy(1), "two": toy(2)}
    for network in found.values():
        network(torch.zeros(1, 3, 12, 12))
    return found


def images(count):
    return torch.rand(count, 3, 12, 12, generator=torch.Generator().manual_seed(3))


def valued(objectives, networks, batch, pictures=None):
    """Return values [B] and gradients [B, 3, S, S] in float64."""
    layers = {}
    for part in objectives[0].parts:
        layers.setdefault(part.network, []).append(part.layer)
    extractors = {n: Extractor(networks[n], at, precision="float64") for n, at in layers.items()}
    leaf = batch.double().requires_grad_()
    value = Value(objectives, extractors, pictures or {}, batch.shape[-1])(leaf).value
    return value.detach(), torch.autograd.grad(value.sum(), leaf)[0]


def same(one, other):
    torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


A, B = parse("one:4[1]"), parse("one:4[2]")


@pytest.mark.parametrize(
    ("mix", "a", "b"),
    [(A - B, 1, -1), (2 * (A + B), 2, 2), (-A + B, -1, 1), ((1 / 3) * A - B, 1 / 3, -1)],
)
def test_a_mix_is_the_mix_of_values_and_of_gradients(networks, mix, a, b):
    batch = images(2)
    value_a, gradient_a = valued([A, A], networks, batch)
    value_b, gradient_b = valued([B, B], networks, batch)
    value, gradient = valued([mix, mix], networks, batch)
    same(value, a * value_a + b * value_b)
    same(gradient, a * gradient_a + b * gradient_b)


def test_the_opposite_has_the_opposite_gradient(networks):
    value, gradient = valued([A], networks, images(1))
    opposite = valued([-A], networks, images(1))
    same(opposite[0], -value)
    same(opposite[1], -gradient)


@pytest.mark.parametrize("sign", [1, -1])
def test_only_the_weaker_of_two_is_raised(networks, sign):
    batch = images(6)
    value_a, gradient_a = valued([A] * 6, networks, batch)
    value_b, gradient_b = valued([B] * 6, networks, batch)
    least = sign * parse("min(one:4[1], one:4[2])")
    value, gradient = valued([least] * 6, networks, batch)
    behind = value_a < value_b
    assert 0 < behind.sum() < 6  # else one of the two was never seen
    same(value, sign * torch.where(behind, value_a, value_b))
    same(gradient, sign * torch.where(behind.view(-1, 1, 1, 1), gradient_a, gradient_b))


def test_a_minimum_may_be_of_several_networks_and_beside_other_terms(networks):
    batch = images(4)
    parts = [valued([parse(p)] * 4, networks, batch)[0] for p in ("one:4[1]", "two:4[2]", "one:2")]
    mixed = parse("min(one:4[1], two:4[2]) + 0.5 * one:2")
    value, _ = valued([mixed] * 4, networks, batch)
    same(value, torch.minimum(parts[0], parts[1]) + 0.5 * parts[2])


@pytest.mark.parametrize("metric", [("L1", 1), ("L2", 2), ("Linf", torch.inf)])
def test_activations_are_led_to_a_level_in_any_metric(networks, metric):
    batch = images(3)
    with torch.no_grad():
        maps = networks["one"][:3](batch).double()
    objective = parse(f"match(one:2[7, 1:3], 4, {metric[0]}) - 2 * one:2[1]")
    value, gradient = valued([objective] * 3, networks, batch)
    distance = torch.linalg.vector_norm(maps[:, 7, 1:3].flatten(1) - 4, metric[1], dim=1)
    torch.testing.assert_close(value, -distance - 2 * maps[:, 1].sum(dim=(1, 2)))
    assert gradient.flatten(1).any(dim=1).all()


def test_levels_of_a_batch_are_each_items_own(networks):
    batch, texts = images(2), ["match(one:2[7], 4, L2)", "match(one:2[3, 1], 9, L2)"]
    value, gradient = valued([parse(text) for text in texts], networks, batch)
    for i, text in enumerate(texts):
        alone = valued([parse(text)], networks, batch[i : i + 1])
        same(value[i : i + 1], alone[0])
        same(gradient[i : i + 1], alone[1])
    assert kind(parse(texts[0])) == kind(parse(texts[1])) != kind(parse("match(one:2[7], 4, L1)"))


def test_a_network_may_see_the_image_at_its_own_size(networks):
    large = torch.rand(2, 3, 20, 20, generator=torch.Generator().manual_seed(4))
    value, gradient = valued([parse("one@12:4[1] + two@12:4[2]")] * 2, networks, large)
    seen = squash(large.double(), 12)
    expected, behind = valued([parse("one:4[1] + two:4[2]")] * 2, networks, seen)
    same(value, expected)
    leaf = large.double().requires_grad_()
    (chained,) = torch.autograd.grad(squash(leaf, 12), leaf, behind)
    same(gradient, chained)


def test_a_picture_is_matched_at_the_size_at_which_the_network_sees_it(networks):
    large = torch.rand(1, 3, 20, 20, generator=torch.Generator().manual_seed(4))
    photo = torch.rand(3, 31, 17, generator=torch.Generator().manual_seed(5))
    value, _ = valued([parse("match(one@12:2, photo, L2)")], networks, large, {"photo": photo})
    reference, _ = valued(
        [parse("match(one:2, photo, L2)")], networks, squash(large.double(), 12), {"photo": photo}
    )
    same(value, reference)
    same(
        valued([parse("match(one@12:2, p)")], networks, large, {"p": large[0]})[0],
        torch.zeros(1).double(),
    )


def test_a_direction_is_the_sum_of_what_it_addresses(networks):
    batch = images(1)
    with torch.no_grad():
        maps = networks["one"][:3](batch)[0].double()
    expected = {"2[7]": maps[7], "2[7, 1:3, 0]": maps[7, 1:3, 0], "2": maps, "2[row=1]": maps[:, 1]}
    for address, part in expected.items():
        value, _ = valued([parse(f"one:{address}")], networks, batch)
        torch.testing.assert_close(value[0], part.sum(), rtol=1e-5, atol=1e-5)


def test_each_image_has_its_own_objective(networks):
    mixed = [A, B, A - 2 * B, -B]
    batch = images(4)
    together = valued(mixed, networks, batch)
    for i, objective in enumerate(mixed):
        alone = valued([objective], networks, batch[i : i + 1])
        same(together[0][i], alone[0][0])
        same(together[1][i], alone[1][0])


def test_networks_and_layers_are_summed_with_their_signs(networks):
    mix = parse("0.5 * one:4[1] - 2 * two:4[3] + two:0[2, 1, 1]")
    batch = images(1)
    value, _ = valued([mix], networks, batch)
    with torch.no_grad():
        one, two = (networks[n](batch)[0].double() for n in ("one", "two"))
        conv = networks["two"][0](batch)[0].double()
    torch.testing.assert_close(
        value[0], 0.5 * one[1] - 2 * two[3] + conv[2, 1, 1], rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(("metric", "order"), [("L1", 1), ("L2", 2), ("Linf", torch.inf)])
def test_a_match_is_minus_the_distance(networks, metric, order):
    batch, picture = images(2), images(3)[2]
    found = [parse(f"match(one:2, p, {metric})"), parse(f"3 * match(one:2, p, {metric})")]
    value, _ = valued(found, networks, batch, {"p": picture})
    with torch.no_grad():
        maps = networks["one"][:3](torch.cat([batch, picture[None]])).double().flatten(1)
    distance = torch.linalg.vector_norm(maps[:2] - maps[2], order, dim=1)
    torch.testing.assert_close(
        value, -distance * torch.tensor([1.0, 3.0]).double(), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("metric", ["L1", "L2", "Linf"])
def test_a_picture_matches_itself_and_has_a_finite_gradient_there(networks, metric):
    picture = images(1)[0]
    value, gradient = valued(
        [parse(f"match(one:2, p, {metric})")], networks, picture[None], {"p": picture}
    )
    assert value.item() == 0
    assert gradient.isfinite().all()


def test_pictures_of_batch_mates_are_not_mixed_up(networks):
    batch, pictures = images(2), {"p": images(4)[2], "q": images(4)[3]}
    mixed = [
        parse("match(one:2, p) - 2 * match(two:2, q)"),
        parse("match(two:2, p) + match(one:2, q)"),
    ]
    value, gradient = valued(mixed, networks, batch, pictures)
    for i, objective in enumerate(mixed):
        alone = valued([objective], networks, batch[i : i + 1], pictures)
        same(value[i], alone[0][0])
        same(gradient[i], alone[1][0])


def test_a_picture_is_resized_to_what_the_network_sees(networks):
    picture = torch.full((3, 40, 30), 0.25)
    value, _ = valued([parse("match(one:0, p)")], networks, torch.full((1, 3, 12, 12), 0.25),
                      {"p": picture})  # fmt: skip
    assert value.item() == pytest.approx(0, abs=1e-6)


def test_one_kind_is_what_can_be_valued_together():
    assert kind(A) == kind(B) == kind(A - 2 * B)
    assert kind(A) != kind(parse("two:4[1]"))
    assert kind(A) != kind(parse("one:2[1]"))
    assert kind(parse("match(one:2, p)")) == kind(parse("-2 * match(one:2, q)"))
    assert kind(parse("match(one:2, p)")) != kind(parse("match(one:2, p, L2)"))
    assert kind(parse("match(one:2, p) + match(one:2, q)")) != kind(parse("match(one:2, p)"))


def test_distances_to_what_is_matched_are_euclidean_whatever_the_metric(networks):
    batch, goal = images(2), torch.rand(3, 12, 12)
    extractors = {"one": Extractor(networks["one"], ["3", "4"], precision="float64")}
    both = [parse("match(one:3, goal, L1) + 2 * match(one:4, goal, Linf)")] * 2
    seen = Value(both, extractors, {"goal": goal}, 12)(batch.double())
    given, wanted = (extractors["one"](x) for x in (batch, goal[None]))
    apart = [(given[layer] - wanted[layer]).flatten(1) for layer in ("3", "4")]
    same(seen.m_g, torch.cat(apart, dim=1).norm(dim=1))
    pixels = (batch.double() - goal.double()).flatten(1)
    same(seen.m_i, torch.cat([pixels, pixels], dim=1).norm(dim=1))


def test_without_a_match_there_is_no_distance(networks):
    extractors = {"one": Extractor(networks["one"], ["4"])}
    seen = Value([A, A], extractors, {}, 12)(images(2))
    assert seen.m_g.isnan().all()
    assert seen.m_i.isnan().all()
