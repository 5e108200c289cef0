"""What needs no descent, of networks whose answer is known."""

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.transforms import v2 as transforms

from preimage.measures.depth import exact
from preimage.measures.depth.exact import (
    batch_norms_at_rest,
    coherences,
    conditions,
    elements,
    known_noise,
    lost_dimensions,
)
from preimage.networks.network import build
from preimage.networks.noise import Noise
from preimage.networks.prepared import Input, Prepared


class Small(nn.Module):
    def __init__(self, kernel=3, maps=4):
        super().__init__()
        self.conv1 = nn.Conv2d(3, maps, kernel, padding=kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(maps)
        self.pool = nn.MaxPool2d(2)
        self.last = nn.Linear(maps, 5)

    def forward(self, images):
        return self.last(self.pool(self.bn1(self.conv1(images))).mean(dim=(2, 3)))


class Scales(nn.Sequential):
    """What makes of an image what it likes, before its first weights."""

    def forward(self, images):
        return super().forward((images - 0.5) * 4)


def first():
    return nn.Conv2d(3, 2, 3, padding=1)


@pytest.mark.parametrize(
    ("model", "black", "white", "colour"),
    [
        (nn.Sequential(first()), [0, 0, 0], [1, 1, 1], [0, 1, 2]),
        (Scales(nn.ReLU(), first()), [0, 0, 0], [2, 2, 2], [0, 1, 2]),
        (Scales(first()), [-2, -2, -2], [2, 2, 2], [0, 1, 2]),
        (
            Prepared(
                nn.Sequential(first()), Input((103, 116, 123), range=(0, 255), channels="BGR")
            ),
            [-103, -116, -123],
            [152, 139, 132],
            [2, 1, 0],
        ),
        (
            build("googlenet", 3, options={"transform_input": True, "init_weights": False}),
            [-0.03, -0.088, -0.188],
            [0.428, 0.36, 0.262],
            [0, 1, 2],
        ),
    ],
    ids=["plain", "rectified", "own", "caffe", "transform_input"],
)
def test_what_a_network_sees_of_black_and_white_is_told_by_channel(model, black, white, colour):
    found = {"black": [], "white": [], "colour": []}
    for number, fact in enumerate(exact.inputs(model.eval(), 32)):
        assert fact["number"] == number % 3
        found[fact["statistic"]].append(fact["value"])
    assert found["black"] == pytest.approx(black, abs=1e-5)
    assert found["white"] == pytest.approx(white, abs=1e-5)
    assert found["colour"] == colour


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Flatten(), nn.Linear(3 * 32**2, 2)),
        nn.Sequential(nn.AvgPool2d(32), nn.Flatten()),
        nn.Sequential(transforms.Grayscale(3), first()),
    ],
    ids=["no channels", "no weights", "no colour of its own"],
)
def test_of_other_networks_nothing_is_told(model):
    assert [*exact.inputs(model.eval(), 32)] == []


def test_elements_are_told_for_each_of_the_image():
    found = list(elements(Small().eval(), ["conv1", "pool"], 8))
    assert [fact["value"] for fact in found] == pytest.approx([4 / 3, 1 / 3])


def test_what_a_layer_loses_is_what_its_matrix_sends_to_nothing():
    model = Small(maps=2).eval()
    # Without knowing of Jacobians: the matrix of a linear layer from the images of a basis.
    basis = torch.eye(3 * 36, dtype=torch.float64).reshape(-1, 3, 6, 6)
    matrix = model.double().conv1(basis).flatten(1)
    rank = np.linalg.matrix_rank(matrix.detach().numpy())
    assert lost_dimensions(model.float(), "conv1", 6)["value"] == 3 * 36 - rank >= 36
    assert lost_dimensions(Small(maps=8).eval(), "conv1", 6)["value"] == 0
    assert lost_dimensions(Small(maps=8).eval(), "pool", 6)["value"] >= 3 * 36 - 8 * 9


class Scaled(nn.Module):
    """A layer that multiplies each colour by a number of its own, and one that forgets all."""

    def __init__(self, *factors):
        super().__init__()
        self.colours = nn.Conv2d(3, 3, 1, bias=False)
        self.colours.weight.data = torch.diag(torch.tensor(factors))[:, :, None, None]
        self.nothing = nn.Conv2d(3, 1, 5, bias=False)
        self.nothing.weight.data.zero_()

    def forward(self, images):
        return self.nothing(self.colours(images)).mean(dim=(2, 3))


def test_the_condition_is_that_of_the_colours_and_of_a_rotation_it_is_1(monkeypatch):
    monkeypatch.setattr(exact, "TINY", 6)
    photos = [torch.rand(3, 40, 30), torch.rand(3, 6, 6)]

    def values(model, layer="colours"):
        return [fact["value"] for fact in conditions(model.eval(), layer, photos)]

    assert values(Scaled(1.0, -1.0, 1.0)) == pytest.approx([1, 1])
    assert values(Scaled(5.0, 0.1, 2.0)) == pytest.approx([0.02, 0.02])
    assert values(Scaled(4.0, 0.0, 2.0)) == pytest.approx([0.5, 0.5])  # of what is not lost
    assert np.isnan(values(Scaled(1.0, 1.0, 1.0), "nothing")).all()


def test_a_layer_of_many_elements_and_a_network_of_large_pictures_have_no_condition():
    photos = [torch.rand(3, 32, 32)]
    assert list(conditions(Small(maps=5).eval(), "conv1", photos)) == []
    large = nn.Sequential(nn.Conv2d(3, 2, 33), nn.Flatten())
    assert list(conditions(large.eval(), "0", photos)) == []


def test_batch_norms_at_rest_have_gain_1_and_offset_0():
    model = Small()
    assert batch_norms_at_rest(model) == {"statistic": "at rest", "number": 1, "value": 1.0}
    model.bn1.bias.data[2] = 0.1
    assert batch_norms_at_rest(model)["value"] == 0
    assert np.isnan(batch_norms_at_rest(nn.Sequential(nn.Linear(2, 2)))["value"])


def test_stripes_are_coherent_and_spots_are_not():
    model = Small(kernel=7, maps=3)
    x = torch.linspace(-3, 3, 7)
    stripe = torch.sin(x[:, None] + x).expand(3, 7, 7)
    spot = torch.exp(-(x[:, None] ** 2 + x**2) / 4).expand(3, 7, 7)
    noise = torch.randn(3, 7, 7, generator=torch.Generator().manual_seed(1))
    model.conv1.weight.data = torch.stack([stripe, spot, noise])
    found = [fact["value"] for fact in coherences(model)]
    assert found[0] > 0.9
    assert found[1] < 1e-6
    assert found[2] < 0.4
    assert not list(coherences(nn.Sequential(nn.Linear(2, 2))))


def test_noise_is_known_by_who_learnt_it():
    noise = {"images": 40, "labels": 4, "size": 8, "seed": 3}
    learnt = Noise(**noise)
    answers = {learnt.image(i).sum().item(): learnt.answers[i].item() for i in range(40)}

    class Rote(nn.Module):
        def __init__(self):
            super().__init__()
            self.own = nn.Parameter(torch.zeros(1))

        def forward(self, images):
            labels = [answers.get(image.contiguous().sum().item(), 0) for image in images]
            return torch.nn.functional.one_hot(torch.tensor(labels), 4).float()

    found = {fact["statistic"]: fact["value"] for fact in known_noise(Rote(), noise)}
    assert found["learnt"] > 0.9
    assert found["fresh"] < 0.5
