"""Descents do what their recipes say."""

import pytest
import torch
from descents import SIDE, Toy, one, parse, picture, recipe
from torchvision.transforms.functional import gaussian_blur, resize

from preimage.descent import layers
from preimage.descent.descend import descend, start_image
from preimage.descent.layers import Extractor
from preimage.descent.proof import proven
from preimage.descent.recipe import Loss, Octave, Optimiser, Recipe, Start
from preimage.errors import UserError
from preimage.status import OK


def start(seed=999, side=SIDE):
    return start_image(Start(), side, torch.Generator().manual_seed(seed), {})


def gradient(network, image, target):
    leaf = image[None].clone().requires_grad_()
    return torch.autograd.grad(network(leaf)[0, target], leaf)[0][0]


# A step


def test_a_step_is_the_formula_of_the_page(networks):
    found = one("toy:logits[2]", networks, recipe(iterations=1, lr=(3.0, 1.0)))
    expected = start() + 3 * gradient(networks["toy"], start(), 2)
    torch.testing.assert_close(found.image, expected, rtol=1e-5, atol=1e-6)
    blurred = one("toy:logits[2]", networks, recipe(iterations=1, lr=(3.0, 1.0), sigma=(2.4, 0.8)))
    torch.testing.assert_close(blurred.image, gaussian_blur(expected, 3, 2.4), rtol=1e-5, atol=1e-6)


GENTLE = {"lr": (0.2, 0.1), "iterations": 4}


@pytest.mark.parametrize(
    ("objective", "changes"),
    [
        ("toy:logits[1]", {}),
        ("-toy:logits[1]", {}),
        ("toy:logits[1] - toy:logits[2]", {}),
        ("toy:logits[1]", {"loss": Loss(ceiling=200, absolute=True)}),
        ("toy:logits[1]", {"loss": Loss(scale=0.5, ceiling=200)}),
        ("toy:logits[1]", {"start": Start("uniform", (0.5, 0.6))}),
        ("toy:logits[1]", {"start": Start("picture", picture="photo")}),
        ("toy:logits[1]", {"regularisers": {"l2": 0.01}, "lr": (1.0, 1.0)}),
        ("toy:logits[1]", {"precision": "float64"}),
        ("toy:logits[1]", {"precision": "bfloat16", "lr": (9.0, 9.0)}),
        ("toy:logits[1]", {"crop": 12, "iterations": 40, "lr": (2.0, 2.0)}),
        ("toy:conv2[3]", {"lr": (0.01, 0.01)}),
        ("match(toy:conv2, photo)", {"lr": (0.003, 0.003)}),
        ("match(toy:conv2, photo, L2)", {"lr": (0.05, 0.05)}),
        ("match(toy:conv2, photo, Linf)", {"lr": (0.05, 0.05)}),
        ("resnet:layer2[3]", {"lr": (0.001, 0.001), "size": 32}),
        ("0.5 * toy:logits[1] + 2 * other:logits[1]", {}),
        ("toy:logits[1] - other:logits[1]", {}),
    ],
)
def test_steps_lower_the_loss(networks, objective, changes):
    found = one(objective, networks, recipe(**GENTLE | changes), pictures={"photo": picture()})
    assert found.status == OK
    if "crop" not in changes:
        assert found.loss[-1] < found.loss[0]
    assert (found.gradient > 0).all()


def test_losses_and_gradients_are_of_the_images_before_each_step(networks):
    images = [start()]
    found = one(
        "toy:logits[1]", networks, recipe(iterations=3, loss=Loss(2.0, 200.0)),
        callback=lambda step: images.append(step.images[0].clone()),
    )  # fmt: skip
    for i in range(3):
        expected = 2 * (200 - networks["toy"](images[i][None])[0, 1])
        assert found.loss[i].item() == pytest.approx(expected.item(), rel=1e-5)
        norm = 2 * gradient(networks["toy"], images[i], 1).norm()
        assert found.gradient[i].item() == pytest.approx(norm.item(), rel=1e-4)


def test_an_absolute_ceiling_turns_around_above_it(networks):
    loss = Loss(ceiling=-5.0, absolute=True)
    found = one("toy:logits[1]", networks, recipe(iterations=1, loss=loss))
    up = one("toy:logits[1]", networks, recipe(iterations=1))
    assert found.loss[0] == pytest.approx(networks["toy"](start()[None])[0, 1].item() + 5, rel=1e-5)
    torch.testing.assert_close(found.image - start(), start() - up.image)


def test_octaves_resize_the_picture(networks):
    octaves = (Octave(12, 1, (0.0, 0.0)), Octave(20, 1, (0.0, 0.0)), Octave(20, 1, (0.0, 0.0)))
    found = one("toy:logits[1]", networks, Recipe(octaves))
    assert found.image.shape == (3, 20, 20)
    assert found.loss.shape == found.gradient.shape == (3,)
    torch.testing.assert_close(found.image, resize(start(side=12), [20, 20], antialias=True))


def test_only_the_crop_changes(networks):
    found = one("toy:logits[1]", networks, recipe(iterations=1, crop=6))
    changed = (found.image != start()).any(dim=0)
    rows, columns = changed.any(dim=1).nonzero(), changed.any(dim=0).nonzero()
    assert changed.sum() == 36
    assert rows.max() - rows.min() == columns.max() - columns.min() == 5


def test_crops_wander_over_the_whole_image(networks):
    how = recipe(iterations=60, crop=6)
    changed = (one("toy:logits[1]", networks, how).image != start()).any(dim=0)
    assert changed.float().mean() > 0.9
    assert changed[0].any()
    assert changed[-1].any()


def test_the_blur_covers_the_image_or_the_crop_only(networks):
    how = {"iterations": 1, "crop": 6, "sigma": (1.0, 1.0)}
    whole = one("toy:logits[1]", networks, recipe(**how))
    crop = one("toy:logits[1]", networks, recipe(**how, blur="crop"))
    assert (whole.image != start()).any(dim=0).float().mean() > 0.99
    assert (crop.image != start()).any(dim=0).sum() == 36


def step(networks, **changes):
    """Return what one step of a recipe, raw and with lr 1, adds to the picture."""
    how = recipe(iterations=1, lr=(1.0, 1.0), **changes)
    still = recipe(iterations=1, lr=(1e-30, 1e-30), **changes)
    return one("toy:logits[1]", networks, how).image - one("toy:logits[1]", networks, still).image


def test_a_smooth_step_has_its_frequencies_over_their_power(networks):
    plain, smooth = (torch.fft.rfft2(step(networks, smooth=power)) for power in (0, 1.5))
    rows, columns = torch.fft.fftfreq(SIDE)[:, None], torch.fft.rfftfreq(SIDE)[None]
    waves = (SIDE * torch.hypot(rows, columns)).clamp(min=1)  # over the whole image
    wanted = plain * (2 * waves / SIDE) ** -1.5
    torch.testing.assert_close(smooth, wanted, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("colour", [0, 0.25, 1])
def test_a_pale_step_has_the_same_grey_and_less_colour(networks, colour):
    plain, pale = step(networks), step(networks, colour=colour)
    grey = plain.mean(0)
    torch.testing.assert_close(pale, grey + colour * (plain - grey), rtol=1e-3, atol=1e-6)


def test_starts_are_as_the_page_says():
    generator = torch.Generator().manual_seed(999)
    noise = torch.randn(3, 99, 99, generator=torch.Generator().manual_seed(999))
    normal = start_image(Start(), 99, generator, {})
    torch.testing.assert_close(normal, 0.7 + noise / 20)
    uniform = start_image(Start("uniform", (0.5, 0.6)), 99, generator, {})
    assert 0.5 <= uniform.min() < 0.501
    assert 0.599 < uniform.max() <= 0.6
    photo = picture(side=20)
    assert torch.equal(
        start_image(Start("picture", picture="p"), 20, generator, {"p": photo}), photo
    )


# Precision


def test_float64_agrees_with_float32_and_is_finer(networks):
    fine = one("toy:logits[1]", networks, recipe(precision="float64"))
    assert fine.image.dtype == fine.loss.dtype == torch.float64
    rough = one("toy:logits[1]", networks)
    torch.testing.assert_close(fine.image.float(), rough.image, rtol=1e-5, atol=1e-6)


def test_bfloat16_reaches_nearly_the_same_loss(networks):
    how = {"size": 32, "iterations": 8}
    fine = one("resnet:logits[1]", networks, recipe(**how))
    rough = one("resnet:logits[1]", networks, recipe(**how, precision="bfloat16"))
    assert rough.image.dtype == torch.float32
    fall = fine.loss[0] - fine.loss[-1]
    assert rough.loss[-1].item() == pytest.approx(fine.loss[-1].item(), abs=0.1 * fall.item())


@pytest.mark.parametrize("kind", ["gradient", "momentum", "Adam"])
def test_in_bfloat16_only_the_network_computes_in_it(networks, kind):
    """Steps far below what bfloat16 can tell apart at 0.7 add up, and all is kept in float32."""
    told, optimiser = [], Optimiser.read(kind, "")
    how = {"size": 32, "iterations": 30, "lr": (2e-4, 2e-4), "normalised": True}
    how |= {"optimiser": optimiser}
    rough = one(
        "resnet:logits[1]", networks, recipe(**how, precision="bfloat16"), callback=told.append
    )
    fine = one("resnet:logits[1]", networks, recipe(**how))
    state = told[-1].state()["current"]
    kept = [state["images"], state["trace"], *state["memory"].values()]
    assert {tensor.dtype for tensor in kept} == {torch.float32}
    moved, wanted = (found.image - start(side=32) for found in (rough, fine))
    assert moved.norm() == pytest.approx(wanted.norm().item(), rel=0.1)
    assert torch.cosine_similarity(moved.flatten(), wanted.flatten(), dim=0) > 0.9


@pytest.mark.parametrize("scale", [1e-25, 1e-16, 1e8, 1e20])
def test_tiny_and_huge_gradients_are_measured_as_they_are(networks, scale):
    plain = one("toy:logits[1]", networks)
    found = one("toy:logits[1]", {"toy": Toy(1, scale)}, recipe(lr=(0.5 / scale, 0.5 / scale)))
    torch.testing.assert_close(found.image, plain.image, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.gradient / scale, plain.gradient, rtol=1e-4, atol=0)
    assert found.status == OK


# Mistakes


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("resnet99:logits[0]", "no network 'resnet99'; given: other, resnet, toy"),
        ("match(toy:conv2, dog)", "no picture 'dog'; given: photo"),
        ("toy:conv3[0]", r"toy has no layer 'conv3' \(did you mean"),
        ("toy:logits[6]", r"there is no feature 6, .*\(feature 0 to 5\)"),
        ("toy:conv2[0, 8]", "no row 8"),
        ("toy:logits[token=0, feature=1]", "not tokens"),
    ],
)
def test_mistakes_are_found_before_the_first_step(networks, line, message):
    told = []
    good = [parse("other:logits[0]"), parse("toy:logits[0]"), parse("toy:conv2[0, 7]")]
    with pytest.raises(UserError, match=message):
        descend(
            [*good, parse(line)], recipe(), networks,
            pictures={"photo": picture()}, callback=told.append,
        )  # fmt: skip
    assert told == []


def test_further_mistakes(networks):
    a = parse("toy:logits[0]")
    with pytest.raises(UserError, match="without terms"):
        descend([a - a], recipe(), networks)
    with pytest.raises(UserError, match="2 seeds, 1 objectives"):
        descend([a], recipe(), networks, seeds=[1, 2])
    with pytest.raises(UserError, match="batch is 0"):
        descend([a], recipe(), networks, batch=0)
    with pytest.raises(UserError, match="recipe's start: no picture 'dog'; given: none"):
        descend([a], recipe(start=Start("picture", picture="dog")), networks)
    assert descend([], recipe(), networks) == []


def test_a_network_is_proven_once_a_kind_and_a_size(networks, monkeypatch):
    asked = []
    monkeypatch.setattr(layers, "proven", lambda *given: asked.append(given[2]) or proven(*given))
    two = [Octave(SIDE, 2, (0.1, 0.1)), Octave(SIDE + 8, 2, (0.1, 0.1), crop=SIDE + 4)]
    lines = ["toy:logits[0]", "toy:logits[2]", "toy:conv1[1]"]
    descend([parse(line) for line in lines], recipe(octaves=tuple(two)), {"toy": Toy(1)})
    sides = [images.shape[-1] for images in asked]
    assert sides == [SIDE, SIDE + 4, SIDE, SIDE + 64, SIDE + 4], "once more, to tell axes apart"


class Branching(Toy):
    """It cannot be traced."""

    def forward(self, images):
        return super().forward(images if images.mean() > -100 else -images)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("kind", [Toy, Branching])
def test_a_reader_reads_the_same_after_a_rest(kind, precision):
    reader = Extractor(kind(0), ["logits"], precision=precision)
    images = torch.rand(2, 3, SIDE, SIDE)
    before = reader(images)["logits"]
    reader.rest()
    assert torch.equal(reader(images)["logits"], before)
