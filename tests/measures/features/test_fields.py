"""Receptive fields are those that strides and kernels give, wherever a neuron is."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import max_pool2d
from torchvision.models import mobilenet_v3_small, resnet18, vit_b_32

from preimage.descent.layers import Extractor
from preimage.descent.objective import Objective
from preimage.descent.recipe import Recipe
from preimage.measures.features.fields import Reaches, disc, field_of


class Branches(nn.Module):
    """A stem of stride 4 without padding, then a wide and a narrow branch, and the mean of all."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.MaxPool2d(2))
        self.wide = nn.Conv2d(4, 2, (1, 5), padding=(0, 2))
        self.narrow = nn.Conv2d(4, 2, 1)
        self.last = nn.Conv2d(4, 3, 1)

    def forward(self, x):
        x = self.stem(x)
        both = torch.cat([self.wide(x), self.narrow(x)], dim=1).relu()
        return self.last(both) * both.mean(dim=(2, 3), keepdim=True).mean(dim=1, keepdim=True)


@pytest.fixture(scope="module")
def branches():
    return Extractor(Branches().eval(), ["relu", "logits", "stem"])


def reaches(extractor, *octaves, layer="relu"):
    recipe = Recipe.read({"octaves": [{"iterations": 1, "lr": 1} | o for o in octaves]}, "test")
    found = Reaches(extractor, recipe)
    return lambda index: found(Objective.parse(f"net:{layer}{index}").parts)


@pytest.mark.parametrize(("layer", "size", "jump"), [("layer1", 43, 4), ("layer2", 99, 8)])
def test_fields_of_resnet18_are_those_of_its_kernels(layer, size, jump):
    torch.manual_seed(1)
    found = field_of(Extractor(resnet18().eval(), [layer]), layer, 3, 32)
    assert (found.size, found.jump) == ((size, size), jump)
    assert found.first == ((1 - size) // 2, (1 - size) // 2)  # neuron 0 is above pixel 0
    assert 0 < found.radius < size / 2


def test_behind_a_max_pool_every_map_has_the_field_of_its_window():
    torch.manual_seed(1)
    extractor = Extractor(resnet18().eval(), ["maxpool"])
    fields = [field_of(extractor, "maxpool", number, 32) for number in range(64)]
    assert {(field.first, field.size) for field in fields} == {((-5, -5), (11, 11))}


class Pools(nn.Module):
    """Max-pools alone, as functions: 2 x 4 with padding, then a dilated one."""

    def forward(self, x):
        x = max_pool2d(x, (2, 4), stride=2, padding=(0, 1), ceil_mode=True)
        return torch.max_pool2d(x.relu(), 2, 1, 0, 3)


def test_max_pools_of_every_form_are_seen():
    found = field_of(Extractor(Pools(), ["logits"]), "logits", 0, 32)
    assert (found.size, found.first, found.jump) == ((8, 10), (0, -1), 2)


def test_a_window_that_sleeps_has_the_field_of_one_that_is_awake():
    torch.manual_seed(2)
    model = nn.Sequential(nn.Conv2d(3, 1, 3), nn.ReLU(), nn.MaxPool2d(5, 2))
    found = []
    for bias in (-5.0, 5.0):
        nn.init.constant_(model[0].bias, bias)
        found.append(field_of(Extractor(model, ["2"]), "2", 0, 32))
    asleep, awake = found
    assert asleep == awake


def test_leaks_do_not_widen_the_effective_field(monkeypatch):
    torch.manual_seed(1)
    extractor = Extractor(resnet18().eval(), ["layer1"])
    leaking = field_of(extractor, "layer1", 3, 64)
    monkeypatch.setattr("preimage.measures.features.gradients._LEAK", 1e-6)
    assert field_of(extractor, "layer1", 3, 64).radius == leaking.radius


def test_maps_of_one_layer_have_the_fields_of_their_branches(branches):
    wide, narrow = (field_of(branches, "relu", number, 24) for number in (0, 2))
    assert (narrow.first, narrow.size, narrow.jump) == ((0, 0), (5, 5), 4)
    assert (wide.first, wide.size, wide.jump) == ((0, -8), (5, 21), 4)
    assert wide.radius > narrow.radius


def test_a_neuron_that_sleeps_on_noise_has_its_field():
    model = Branches().eval()
    with torch.no_grad():
        model.narrow.bias.fill_(-100)
        model.narrow.weight.mul_(1e-3)
    extractor = Extractor(model, ["relu"])
    assert not extractor(torch.rand(1, 3, 24, 24))["relu"][:, 2:].any()
    assert field_of(extractor, "relu", 3, 24).size == (5, 5)


def test_a_function_that_is_flat_on_both_sides_lets_its_field_through():
    model = nn.Sequential(nn.Conv2d(3, 1, 3), nn.ReLU6())
    for bias in (-100.0, 100.0):
        nn.init.constant_(model[0].bias, bias)
        assert field_of(Extractor(model, ["1"]), "1", 0, 32).size == (3, 3)


def test_a_map_that_nothing_reaches_has_no_field():
    model = nn.Sequential(nn.Conv2d(3, 1, 3))
    nn.init.zeros_(model[0].weight)
    assert field_of(Extractor(model, ["0"]), "0", 0, 32) is None


@pytest.mark.parametrize(("kernel", "fits"), [(35, True), (41, False)])
def test_the_largest_picture_is_tried_too(monkeypatch, kernel, fits):
    monkeypatch.setattr("preimage.measures.features.fields._MOST", 40)
    mean = nn.Sequential(nn.Conv2d(3, 1, kernel, padding=kernel // 2))
    found = [field_of(Extractor(mean, ["0"]), "0", 0, side) for side in (24, 40, 120)]
    assert [bool(field) for field in found] == [fits] * 3


def test_what_a_mean_over_the_picture_goes_into_has_no_bounds(branches, monkeypatch):
    monkeypatch.setattr("preimage.measures.features.fields._MOST", 100)
    assert field_of(branches, "logits", 0, 24) is None
    gated = Extractor(mobilenet_v3_small().eval(), ["features.1"])
    assert field_of(gated, "features.1", 0, 32) is None


def test_a_network_of_one_size_has_no_field():
    model = vit_b_32(image_size=32, num_classes=2).eval()
    assert field_of(Extractor(model, ["conv_proj"]), "conv_proj", 0, 32) is None


def test_a_neuron_reaches_its_box_and_stands_in_its_middle(branches):
    (reach,) = reaches(branches, {"size": 24})("[2, 1, 3]")
    assert reach.box == ([4, 9], [12, 17])
    assert reach.place == (6.5, 14.5)
    inside = np.argwhere(reach.in_box(24))
    assert (inside.min(axis=0).tolist(), inside.max(axis=0).tolist()) == ([4, 12], [8, 16])
    disc_rows, disc_columns = np.argwhere(reach.in_disc(24)).mean(axis=0) + 0.5
    assert (disc_rows, disc_columns) == (6.5, 14.5)


def test_boxes_end_at_the_picture_and_places_need_not(branches):
    (reach,) = reaches(branches, {"size": 24})("[0, 0, 0]")
    assert reach.box == ([0, 5], [0, 13])
    assert reach.place == (2.5, 2.5)


def test_a_row_and_a_sum_reach_what_their_neurons_reach(branches):
    find = reaches(branches, {"size": 24})
    (row,) = find("[2, 1]")
    assert row.box == ([4, 9], [0, 21])  # five neurons
    assert row.place == (6.5, 10.5)
    found = Reaches(
        branches, Recipe.read({"octaves": [{"size": 24, "iterations": 1, "lr": 1}]}, "")
    )
    (both,) = found(Objective.parse("net:relu[2, 1] + net:relu[2, 3, 0]").parts)
    assert both.box == ([4, 17], [0, 21])
    assert both.place == pytest.approx(((5 * 6.5 + 14.5) / 6, (5 * 10.5 + 2.5) / 6))


def test_a_neuron_moves_when_an_octave_makes_the_picture_larger(branches):
    small, large = reaches(branches, {"size": 24}, {"size": 48})("[2, 1, 3]")
    assert small.box == ([8, 18], [24, 34])
    assert small.place == (13, 29)
    assert large.box == ([4, 9], [12, 17])
    assert small.radius == 2 * large.radius


def test_a_neuron_of_a_crop_is_anywhere_that_the_crop_takes_it(branches):
    (reach,) = reaches(branches, {"size": 30, "crop": 24})("[2, 1, 3]")
    assert reach.box == ([4, 15], [12, 23])
    assert reach.place == (9.5, 17.5)


@pytest.mark.parametrize("index", ["", "[:2]", "[:2, 1]"])
def test_several_maps_together_have_no_place(branches, index):
    assert reaches(branches, {"size": 24})(index) == []


def test_tokens_and_features_have_no_place():
    layer = "encoder.layers.encoder_layer_0.mlp.0"
    tokens = Extractor(vit_b_32(image_size=32, num_classes=2).eval(), [layer, "logits"])
    assert reaches(tokens, {"size": 32}, layer=layer)("[token=1, feature=3]") == []
    assert reaches(tokens, {"size": 32}, layer="logits")("[1]") == []


def test_half_of_a_field_of_ones_is_in_a_disc_of_half_its_area():
    radius = disc(np.ones((201, 201)), (100.5, 100.5), 0.5)
    assert np.pi * radius**2 == pytest.approx(201**2 / 2, rel=0.02)
    single = np.zeros((9, 9))
    single[2, 3] = 1
    assert disc(single, (2.5, 3.5), 0.9) == 0
