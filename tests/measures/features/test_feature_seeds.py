"""Pictures of one feature from several seeds are as alike as their patterns are."""

import numpy as np
import pytest

from preimage.measures.features.seeds import alike, pattern

SIDE = 64
START = np.full((3, SIDE, SIDE), 0.5, np.float32)
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]


def stripes(cycles, row, column, turned=False, phase=0.0):
    """Return the start with a patch of stripes around a place."""
    along = ROWS if turned else COLUMNS
    patch = np.exp(-((ROWS - row) ** 2 + (COLUMNS - column) ** 2) / 60)
    wave = 0.4 * patch * np.sin(2 * np.pi * cycles * along / SIDE + phase)
    return (START + wave).astype(np.float32)


def test_a_pattern_is_the_same_wherever_it_lies_even_at_the_border():
    inside, border = (pattern(stripes(12, 30, column), START) for column in (30, 62))
    other = pattern(stripes(12, 30, 30, turned=True), START)
    assert np.corrcoef(inside, border)[0, 1] > np.corrcoef(inside, other)[0, 1] + 0.2
    assert pattern(START, START) is None


def test_one_pattern_is_more_alike_from_seed_to_seed_than_several():
    pictures = [stripes(12, 30, 30, phase=p) for p in (0, 1, 2)]
    pictures += [stripes(6, 30, 30), stripes(12, 30, 30, turned=True), stripes(20, 30, 30)]
    patterns = [*(pattern(picture, START) for picture in pictures), None]
    found = alike(patterns, ["one"] * 3 + ["several"] * 4)
    assert found[:3].min() > 0.8
    assert found[3:6].max() < 0.5
    assert np.isnan(found[6])
    a, b, c = (patterns[i] - np.mean(patterns[:6], axis=0) for i in range(3))
    plain = (np.corrcoef(a, b)[0, 1] + np.corrcoef(a, c)[0, 1]) / 2
    assert found[0] == pytest.approx(plain)


def test_of_one_seed_nothing_is_known():
    assert np.isnan(alike([np.arange(4.0), None], ["a", "b"])).all()
