"""Reconstructions: one step size for every layer, and distances seen along the way."""

import math

import pytest
import torch
from torch import nn

from preimage.descent.descend import descend, start_image
from preimage.descent.objective import Objective
from preimage.descent.recipe import Loss, Octave, Recipe, Start
from preimage.descent.verdict import hint
from preimage.errors import UserError
from preimage.status import NO_GRADIENT, OK

SIDE = 16
PHOTO = torch.rand(3, SIDE, SIDE, generator=torch.Generator().manual_seed(5))
MATCH = Objective.parse("match(net:0, photo)")


def network(scale: float) -> nn.Module:
    """One convolution with more maps than it has inputs, so that nothing is lost."""
    torch.manual_seed(1)
    conv = nn.Conv2d(3, 32, 3, padding=1, bias=False)
    with torch.no_grad():
        conv.weight *= scale
    return nn.Sequential(conv)


def recipe(iterations=40, lr=(0.1, 0.005), **changes) -> Recipe:
    return Recipe((Octave(SIDE, iterations, lr),), **{"normalised": True} | changes)


def reconstruction(how: Recipe, scale: float = 1.0, objective: Objective = MATCH):
    nets = {"net": network(scale)}
    return descend([objective], how, nets, pictures={"photo": PHOTO}, batch=1)[0]


def test_a_normalised_step_moves_pixels_by_lr():
    how = recipe(iterations=1, lr=(0.03, 0.03))
    noise = start_image(how.start, SIDE, torch.Generator().manual_seed(999), {})
    moved = reconstruction(how).image - noise
    assert moved.square().mean().sqrt().item() == pytest.approx(0.03, rel=1e-5)


@pytest.mark.parametrize("scale", [1e-16, 1e-8, 1e8])
def test_gradients_of_any_size_lead_to_the_same_picture(scale):
    found, wanted = reconstruction(recipe(), scale), reconstruction(recipe())
    assert found.status == wanted.status == OK
    assert (found.image - wanted.image).abs().max() < 0.01  # signs of tiny differences may turn
    assert found.gradient[0].item() == pytest.approx(scale * wanted.gradient[0].item(), rel=1e-3)


def test_the_scale_of_the_loss_does_not_matter_either():
    large = recipe(loss=Loss(scale=1e6))
    assert (reconstruction(large).image - reconstruction(recipe()).image).abs().max() < 0.01


def test_a_layer_that_keeps_all_gives_the_photo_back():
    found = reconstruction(recipe(iterations=400))
    assert found.m_i[-1] < 0.03 * found.m_i[0]
    assert found.m_g[-1] < 0.03 * found.m_g[0]


def test_the_distances_are_those_of_the_images_before_each_step():
    how, net = recipe(iterations=1), network(1.0)
    noise = start_image(how.start, SIDE, torch.Generator().manual_seed(999), {})
    found = reconstruction(how)
    with torch.no_grad():
        apart = (net(noise[None]) - net(PHOTO[None])).norm().item()
    assert found.m_g[0].item() == pytest.approx(apart, rel=1e-5)
    assert found.m_i[0].item() == pytest.approx((noise - PHOTO).norm().item(), rel=1e-5)


def test_no_gradient_stays_none():
    found = reconstruction(recipe(), objective=Objective.parse("net:0[0]"), scale=0.0)
    assert found.status == NO_GRADIENT
    assert found.image.isfinite().all()
    assert math.isnan(found.m_g[0])


def test_a_layer_that_sees_no_difference_in_this_precision_has_no_gradient():
    """A large bias swallows what the image adds, except in double precision."""
    found = {}
    for precision in ("float32", "float64"):
        net = network(1e-10)
        net.append(nn.Conv2d(32, 1, 1))
        with torch.no_grad():
            net[1].bias.fill_(1000.0)
        how = recipe(precision=precision)
        objective = Objective.parse("match(net:1, photo)")
        found[precision] = descend([objective], how, {"net": net}, pictures={"photo": PHOTO})[0]
    assert found["float32"].status == NO_GRADIENT
    assert "float64 may see a difference" in hint(NO_GRADIENT, objective)
    assert found["float64"].status == OK


def test_to_start_at_the_photo_is_to_have_arrived():
    found = reconstruction(recipe(start=Start("picture", picture="photo"), iterations=3))
    assert found.status == OK
    assert torch.equal(found.image, PHOTO)


def test_normalised_is_a_truth():
    octaves = [{"size": 8, "iterations": 1, "lr": 0.1}]
    assert Recipe.read({"octaves": octaves, "normalised": True}).normalised
    with pytest.raises(UserError, match="normalised is 'yes', give true or false"):
        Recipe.read({"octaves": octaves, "normalised": "yes"})
