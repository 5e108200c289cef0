"""Descents do what their recipes say, and no picture knows what was made beside it."""

import dataclasses
import math

import pytest
import torch
import torchvision
from torch import nn
from torchvision.transforms.functional import gaussian_blur, resize

from preimage.descent.descend import descend, start_image
from preimage.descent.objective import Objective
from preimage.descent.recipe import Loss, Octave, Recipe, Start
from preimage.descent.verdict import Trace, hint, judge
from preimage.errors import UserError
from preimage.status import DIVERGED, NO_GRADIENT, NOT_FINITE, OK

parse = Objective.parse
SIDE = 16


class Toy(nn.Module):
    """Two convolutions and a linear head; `scale` multiplies its output and its gradients."""

    def __init__(self, seed, scale=1.0):
        super().__init__()
        torch.manual_seed(seed)
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
        self.fc = nn.Linear(8, 6)
        self.scale = scale

    def forward(self, images):
        maps = self.relu(self.conv2(self.relu(self.conv1(images))))
        return self.fc(maps.mean((2, 3))) * self.scale


@pytest.fixture(scope="module")
def networks():
    torch.manual_seed(0)
    resnet = torchvision.models.resnet18(num_classes=6)
    return {"toy": Toy(1), "other": Toy(2), "resnet": resnet}


def recipe(**changes):
    """Return a short gentle recipe; changes are of the recipe or of its one octave."""
    mine = {f.name for f in dataclasses.fields(Recipe)}
    octave = {"size": SIDE, "iterations": 5, "lr": (0.5, 0.5)}
    octave |= {key: value for key, value in changes.items() if key not in mine}
    whole = {key: value for key, value in changes.items() if key in mine}
    return Recipe(**({"octaves": (Octave(**octave),)} | whole))


def one(objective, networks, how=None, **options):
    (found,) = descend([parse(objective)], how or recipe(), networks, **{"batch": 1} | options)
    return found


def picture(seed=5, side=24):
    return torch.rand(3, side, side, generator=torch.Generator().manual_seed(seed))


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


# Batches

MIX = ["toy:logits[0]", "toy:logits[3]", "toy:logits[1] - 2 * toy:logits[4]", "-toy:logits[2]",
       "other:logits[0]", "match(toy:conv2, photo, L1)", "match(toy:conv2, cat, L1)"]  # fmt: skip
JITTERED = {"iterations": 12, "crop": 12, "sigma": (1.5, 0.4), "lr": (0.5, 0.1)}
PHOTOS = {"photo": picture(1), "cat": picture(2)}


def made(lines, networks, how, seeds=999, batch=4):
    found = descend(
        [parse(line) for line in lines], how, networks, seeds=seeds, pictures=PHOTOS, batch=batch
    )
    assert [str(item.objective) for item in found] == lines
    return found


def same_bytes(one, other):
    assert torch.equal(one.image, other.image)
    assert torch.equal(one.loss, other.loss)
    assert torch.equal(one.gradient, other.gradient)
    assert one.status == other.status


@pytest.mark.parametrize("regularisers", [{}, {"l1": 0.01, "total_variation": 0.01}])
def test_a_picture_does_not_depend_on_its_batch_mates(networks, regularisers):
    how = recipe(**JITTERED, regularisers=regularisers)
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
    made(MIX[:1], networks, recipe(), batch=3)  # the layouts are found with one image
    made([*MIX[:4], "toy:logits[5]"], networks, recipe(), batch=3)  # a full one and two more
    handle.remove()
    assert sizes == {1, 3}


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


@pytest.mark.parametrize("scale", [1e-25, 1e-16, 1e8, 1e20])
def test_tiny_and_huge_gradients_are_measured_as_they_are(networks, scale):
    plain = one("toy:logits[1]", networks)
    found = one("toy:logits[1]", {"toy": Toy(1, scale)}, recipe(lr=(0.5 / scale, 0.5 / scale)))
    torch.testing.assert_close(found.image, plain.image, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.gradient / scale, plain.gradient, rtol=1e-4, atol=0)
    assert found.status == OK


# How descents end


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
    return judge(parse(line), how, torch.zeros(3, 8, 8), trace, rectified)


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
