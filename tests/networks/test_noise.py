"""Noise is drawn from its seed: each image by itself, the same for everybody."""

import pytest
import torch

from preimage.errors import UserError
from preimage.networks.noise import Noise

NOISE = Noise(images=40, labels=4, size=16, seed=3)


def drawn(noise, order, most):
    batches = list(noise.batches(order, most))
    return [torch.cat(part) for part in zip(*batches, strict=True)]


def test_an_image_does_not_depend_on_its_batch():
    images, answers = drawn(NOISE, [7, 3, 39], most=2)
    for image, index in zip(images, (7, 3, 39), strict=True):
        assert torch.equal(image, NOISE.image(index))
        assert torch.equal(image, Noise(images=1000, labels=9, size=16, seed=3).image(index))
    assert answers.tolist() == NOISE.answers[[7, 3, 39]].tolist()


def test_images_have_mean_and_deviation_of_the_experiment_and_are_not_clipped():
    images, _ = drawn(NOISE, range(40), most=40)
    assert images.mean().item() == pytest.approx(0.5, abs=0.005)  # 3.5 standard errors
    assert images.std().item() == pytest.approx(0.25, abs=0.005)
    assert images.min() < 0
    assert images.max() > 1


def test_no_two_images_are_alike():
    images, _ = drawn(Noise(images=2000, labels=2, size=2), range(2000), most=500)
    assert len(images.flatten(1).unique(dim=0)) == 2000


def test_the_seed_decides_images_labels_and_order():
    same, other = Noise(40, 4, 16, seed=3), Noise(40, 4, 16, seed=4)
    for what in (lambda n: n.image(0), lambda n: n.answers, lambda n: torch.tensor(n.order(1))):
        assert torch.equal(what(same), what(NOISE))
        assert not torch.equal(what(other), what(NOISE))


def test_labels_are_about_even():
    counts = Noise(images=10_000, labels=10, size=1).answers.bincount()
    assert len(counts) == 10
    assert counts.min() > 850  # five deviations below 1000
    assert counts.max() < 1150


def test_each_epoch_has_every_image_once_in_an_order_of_its_own():
    assert sorted(NOISE.order(1)) == sorted(NOISE.order(2)) == list(range(40))
    assert NOISE.order(1) == NOISE.order(1)
    assert NOISE.order(1) != NOISE.order(2)


def test_batches_are_even():
    sizes = [len(answers) for _, answers in NOISE.batches(NOISE.order(1), 16)]
    assert sizes == [14, 13, 13]


def test_only_two_batches_are_there_at_once(monkeypatch):
    made = []
    real = Noise.image
    monkeypatch.setattr(Noise, "image", lambda self, i: (made.append(i), real(self, i))[1])
    batches = NOISE.batches(range(40), 5)
    next(batches)
    batches.close()  # waits for what is being drawn
    assert 5 <= len(made) <= 10


def test_nothing_global_moves():
    before = torch.random.get_rng_state()
    drawn(NOISE, NOISE.order(1), most=8)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"images": 1}, "noise: images is 1, must be 2 or more"),
        ({"labels": "10"}, "noise: labels is '10', must be 2"),
        ({"seed": -1}, "noise: seed is -1, must be 0 or more"),
    ],
)
def test_settings_out_of_range_are_refused(setting, message):
    with pytest.raises(UserError, match=message):
        Noise(**{"images": 8, "labels": 2, "size": 8} | setting)
