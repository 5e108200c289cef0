"""Momentum and Adam are torch.optim's, of each image by itself."""

import pytest
import torch
from descents import Toy, made, one, parse, recipe, same_bytes
from plainly import drawn

from preimage.descent.descend import descend, start_image
from preimage.descent.recipe import Octave, Optimiser, Recipe, Start
from preimage.photos import squash

MOMENTUM, ADAM = Optimiser("momentum", (0.9,)), Optimiser("Adam", (0.9, 0.999))
TORCHS = {
    Optimiser(): lambda image: torch.optim.SGD([image]),
    MOMENTUM: lambda image: torch.optim.SGD([image], momentum=0.9),
    Optimiser("momentum", (0.5,)): lambda image: torch.optim.SGD([image], momentum=0.5),
    ADAM: lambda image: torch.optim.Adam([image]),
    Optimiser("Adam", (0.5, 0.9)): lambda image: torch.optim.Adam([image], betas=(0.5, 0.9)),
}
JITTERED = (Octave(24, 9, (0.05, 0.01), crop=20), Octave(30, 7, (0.04, 0.01), crop=22))


def by_torch(network, target, how, seed, optimiser):
    """Descend on one image by torch.optim, through the crop, an optimiser anew for each octave."""
    generator = torch.Generator().manual_seed(seed)
    image = start_image(how.start, how.octaves[0].size, generator, {}).double()
    for octave in how.octaves:
        image = squash(image[None], octave.size)[0].requires_grad_()
        steps = optimiser(image)
        corners = drawn(octave, generator)
        for (lr, _), (top, left) in zip(octave.schedule(), corners, strict=True):
            crop = image[:, top : top + octave.side, left : left + octave.side]
            loss = -network(crop[None])[0, target]
            (image.grad,) = torch.autograd.grad(loss, image)
            if how.normalised:
                seen = image.grad[:, top : top + octave.side, left : left + octave.side]
                image.grad *= (seen.norm() / seen.numel() ** 0.5).reciprocal()
            steps.param_groups[0]["lr"] = lr
            steps.step()
        image = image.detach()
    return image


@pytest.mark.parametrize("optimiser", TORCHS, ids=str)
@pytest.mark.parametrize("is_normalised", [False, True])
def test_pictures_are_those_of_torchs_optimiser(optimiser, is_normalised):
    network = Toy(1).double().eval()
    how = Recipe(JITTERED, normalised=is_normalised, optimiser=optimiser, precision="float64")
    lines = [parse("net:logits[1]"), parse("net:logits[4]")]
    found = descend(lines, how, {"net": network}, seeds=[5, 6], batch=2)
    for item, target, seed in zip(found, (1, 4), (5, 6), strict=True):
        wanted = by_torch(network, target, how, seed, TORCHS[optimiser])
        torch.testing.assert_close(item.image, wanted, rtol=1e-9, atol=1e-9)


def test_in_float32_too():
    network = Toy(1).eval()
    for optimiser, torchs in TORCHS.items():
        how = Recipe(JITTERED, normalised=True, optimiser=optimiser)
        found = one("net:logits[1]", {"net": network}, how, seeds=5)
        wanted = by_torch(Toy(1).double(), 1, how, 5, torchs).float()
        torch.testing.assert_close(found.image, wanted, rtol=1e-4, atol=1e-4)


def test_optimisers_differ(networks):
    images = [
        one("toy:logits[1]", networks, recipe(iterations=6, normalised=True, optimiser=o)).image
        for o in TORCHS
    ]
    assert all((a != b).any() for i, a in enumerate(images) for b in images[:i])


@pytest.mark.parametrize("optimiser", [MOMENTUM, ADAM])
def test_a_batch_mate_never_changes_a_picture(networks, optimiser):
    lines = ["toy:logits[0]", "toy:logits[3]", "toy:logits[1] - 2 * toy:logits[4]"]
    how = Recipe(JITTERED, optimiser=optimiser, start=Start("normal", (0.5, 0.05)))
    together = made(lines, networks, how, seeds=[1, 2, 3])
    for i, line in enumerate(lines):
        same_bytes(made([line], networks, how, seeds=i + 1)[0], together[i])


def test_the_scale_of_a_normalised_gradient_does_not_matter_to_adam(networks):
    how = recipe(iterations=5, lr=(0.05, 0.05), normalised=True, optimiser=ADAM)
    plain = one("toy:logits[1]", networks, how)
    for scale in (1e-16, 1e8):
        found = one("toy:logits[1]", {"toy": Toy(1, scale)}, how)
        torch.testing.assert_close(found.image, plain.image, rtol=1e-3, atol=1e-3)


def test_a_pixel_without_a_gradient_stays_under_adam(networks):
    """Its mean and its mean square are 0, and 0 over 0 would be none."""
    found = one("toy:conv2[3, 0, 0]", networks, recipe(iterations=4, optimiser=ADAM, lr=(0.1, 0.1)))
    start = start_image(Start(), 16, torch.Generator().manual_seed(999), {})
    changed = (found.image != start).any(dim=0)
    assert changed.any()
    assert not changed[8:, 8:].any()
    assert found.image.isfinite().all()
