"""Nearest pixels, and axes along which groups differ, against plain code."""

import numpy as np
import pytest

from preimage.measures.space.pixels import nearest
from preimage.measures.space.traits import beats_shuffles
from preimage.measures.statistics.intervals import orders


def test_the_nearest_is_the_one_of_least_distance():
    pixels = np.random.default_rng(1).random((30, 12))
    place, apart = nearest(pixels)
    for i, one in enumerate(pixels):
        distances = [np.inf if j == i else np.mean((one - b) ** 2) for j, b in enumerate(pixels)]
        assert place[i] == np.argmin(distances)
        assert apart[i] == pytest.approx(np.sqrt(min(distances)))


def test_the_same_picture_twice_is_its_own_nearest_other():
    place, apart = nearest(np.array([[0.1, 0.2], [0.9, 0.2], [0.1, 0.2]]))
    assert (place[0], place[2]) == (2, 0)
    assert apart[0] == pytest.approx(0, abs=1e-8)


def test_axes_beat_shuffles_as_by_plain_variances():
    random = np.random.default_rng(2)
    groups = np.repeat(np.arange(4), 6)
    values = random.normal(size=(24, 20))
    values[:, :8] += groups[:, None] * np.linspace(0, 0.7, 8)
    values[:, -1] = 3  # no variance

    def between(axis, order):
        moved = axis[order] - axis.mean()
        return sum((groups == g).sum() * moved[groups == g].mean() ** 2 for g in range(4))

    found = beats_shuffles(values, groups)
    for axis, beats in zip(values.T[:-1], found[:-1], strict=True):
        own = between(axis, slice(None))
        assert beats == (np.mean([between(axis, o) < own for o in orders(24)]) > 0.95)
    assert not found[-1]
    assert found[7]


def test_of_noise_one_in_twenty_beats_shuffles():
    values = np.random.default_rng(3).normal(size=(60, 400))
    share = beats_shuffles(values, np.arange(60) % 5).mean()
    assert share == pytest.approx(0.05, abs=0.03)
