"""How a descent ended, and what to do about it."""

import math

import pytest
import torch
import torchvision
from descents import SIDE, made, one, parse, picture, recipe, same_bytes
from torch import nn
from zoo import zoo

from preimage.descent.descend import descend
from preimage.descent.recipe import Loss, Octave, Recipe, Start
from preimage.descent.verdict import Trace, hint, status
from preimage.status import DIVERGED, NO_GRADIENT, NOT_FINITE, OK


class Headed(nn.Module):
    """A network that ends in a ReLU and a pooling, as SqueezeNet does."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(4)
        self.body = nn.Conv2d(3, 8, 3, padding=1)
        self.act = nn.Tanh()
        self.head = nn.Conv2d(8, 4, 1)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.AdaptiveAvgPool2d(1)
        nn.init.constant_(self.head.bias, 0.2)

    def forward(self, images):
        return self.pool(self.relu(self.head(self.act(self.body(images))))).flatten(1)


@pytest.mark.parametrize("loss", [Loss(), Loss(ceiling=200, absolute=True), Loss(0.5, 200)])
@pytest.mark.parametrize("sigma", [None, (2.4, 0.8)])
def test_the_opposite_behind_a_relu_dies_and_says_so(loss, sigma):
    networks = {"net": Headed()}
    how = recipe(iterations=60, lr=(100.0, 100.0), loss=loss, sigma=sigma)
    found = one("-net:logits[0]", networks, how)
    assert found.status == NO_GRADIENT
    assert "layer before the ReLU" in hint(found.status, found.objective)
    assert "net:head for net:logits" in hint(found.status, found.objective, networks)
    gentle = recipe(iterations=20, lr=(0.1, 0.1))
    assert one("-net:head[0]", networks, gentle).status == OK
    assert one("net:logits[0]", networks, gentle).status == OK


def test_branches_behind_relus_of_their_own_are_named():
    found = hint(NO_GRADIENT, parse("-net:features.3[70]"), {"net": zoo("squeezenet1_0")})
    told = "net:features.3.expand1x1 or features.3.expand3x3, each with numbers of its own, for"
    assert f"{told} net:features.3" in found


def test_a_dead_map_says_so():
    network = Headed()
    nn.init.constant_(network.head.bias, -100)
    found = one("net:logits[0]", {"net": network}, recipe(sigma=(2.4, 0.8)))
    assert found.status == NO_GRADIENT
    assert (found.gradient == 0).all()


def test_having_reached_everything_is_no_lack_of_gradient(networks):
    how = recipe(lr=(0.0, 0.0), start=Start("picture", picture="photo"))
    photo = {"photo": picture(side=SIDE)}
    assert one("match(toy:conv2, photo)", networks, how, pictures=photo).status == OK


def test_what_is_not_finite_stays_with_its_item(networks):
    lines = ["toy:logits[0]", "toy:logits[2]", "toy:logits[1]"]
    broken = ["toy:logits[0]", "1e+38 * toy:logits[2]", "toy:logits[1]"]
    how = recipe(iterations=6, lr=(9.0, 9.0))
    found = made(broken, networks, how)
    assert [item.status for item in found] == [OK, NOT_FINITE, OK]
    for i in (0, 2):
        same_bytes(found[i], made([lines[i]], networks, how)[0])
    assert "lower lr" in hint(NOT_FINITE, found[1].objective)


def test_a_descent_that_climbs_is_called_diverged(networks):
    how = recipe(iterations=30, lr=(5.0, 5.0), loss=Loss(ceiling=1, absolute=True))
    found = one("toy:conv1[1]", networks, how)
    assert found.loss[-1] > found.loss[0]
    assert found.status == DIVERGED
    assert "lower lr" in hint(found.status, found.objective)
    assert hint(OK, found.objective) == ""


def judged(loss, octaves, gradient=None, line="net:conv[0]", rectified=()):
    how = Recipe(tuple(Octave(8, n, (1.0, 1.0)) for n in octaves))
    loss = torch.tensor(loss)
    trace = Trace(
        loss,
        -loss,
        torch.ones_like(loss) if gradient is None else torch.tensor(gradient),
        m_g=loss,
        m_i=loss,
    )
    return status(parse(line), how, torch.zeros(3, 8, 8), trace, rectified)


def test_to_climb_at_once_and_stay_there_is_divergence():
    assert judged([1.0, *[50.0] * 9, *[20.0] * 10], [20]) == DIVERGED


def test_a_larger_octave_is_no_divergence():
    assert judged([10.0, 5.0, 20.0, 11.0], [2, 2]) == OK
    assert judged([10.0, 5.0, 20.0, 11.0], [4]) == DIVERGED
    assert judged([10.0, 1e9, 1e9, 1e8], [2, 2]) == DIVERGED


def test_a_dead_start_that_was_overcome_is_fine():
    falling = [5.0 - 0.1 * i for i in range(40)]
    assert judged(falling, [40], gradient=[0.0] * 10 + [1.0] * 30) == OK
    assert judged(falling, [40], gradient=[1.0] * 30 + [0.0] * 10) == NO_GRADIENT
    assert judged(falling, [40], gradient=[1.0] * 39 + [math.nan]) == NOT_FINITE


def test_hovering_over_the_floor_is_dying_only_where_there_is_a_floor():
    loss = [1.0, 0.5, 0.1, 0.4]
    floor = {("net", "logits")}
    assert judged(loss, [4], line="-net:logits[0]", rectified=floor) == NO_GRADIENT
    assert judged([1.0, 0.8, 0.6, 0.5], [4], line="-net:logits[0]", rectified=floor) == OK
    assert judged(loss, [4], line="-net:logits[0]") == OK
    assert judged(loss, [4], line="net:logits[1] - net:logits[0]", rectified=floor) == OK
    assert judged(loss, [4], line="-net:logits[0] - net:conv[0]", rectified=floor) == OK


def test_the_real_squeezenet(shared_data):
    (weights,) = shared_data.glob("squeezenet1_0-*.pth")
    network = torchvision.models.squeezenet1_0()
    network.load_state_dict(torch.load(weights, weights_only=True))
    networks = {"squeezenet": network}
    octave = Octave(128, 16, (1.5, 1.0), (2.4, 0.8))
    abs200 = Recipe((octave,), loss=Loss(ceiling=200, absolute=True))
    dead = descend([parse(f"-squeezenet:logits[{c}]") for c in (1, 251)], abs200, networks, batch=2)
    assert [item.status for item in dead] == [NO_GRADIENT] * 2
    advice = hint(dead[0].status, dead[0].objective, networks)
    assert "squeezenet:classifier.1 for squeezenet:logits" in advice
    (alive,) = descend(
        [parse("-squeezenet:classifier.1[1]")],
        Recipe((octave,), loss=Loss(scale=0.005)), networks, batch=1,
    )  # fmt: skip
    assert alive.status == OK
    assert alive.loss[-1] < -1, "the activation went well below 0"
