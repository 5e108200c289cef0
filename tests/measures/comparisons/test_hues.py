"""Shares of yellow and of red, as the standard library has the hues."""

import colorsys

import numpy as np
import pytest

from preimage.measures.comparisons.hues import hues


def test_shares_are_those_of_pixels_one_by_one():
    picture = np.random.default_rng(0).random((3, 9, 9)) * 1.4 - 0.2
    counted = {"yellow": 0, "red": 0}
    for pixel in np.clip(picture, 0, 1).reshape(3, -1).T:
        hue, saturation, value = colorsys.rgb_to_hsv(*pixel)
        vivid = saturation >= 0.4 and value >= 0.2
        counted["yellow"] += vivid and 40 <= 360 * hue <= 70
        counted["red"] += vivid and (360 * hue >= 335 or 360 * hue <= 25)
    found = hues(picture)
    assert {name: 81 * share for name, share in found.items()} == pytest.approx(counted)
    assert min(counted.values()) > 0


@pytest.mark.parametrize(
    ("colour", "yellow", "red"),
    [((1, 0.9, 0), 1, 0), ((0.9, 0.1, 0.1), 0, 1), ((0.5, 0.5, 0.5), 0, 0), ((0.1, 0, 0), 0, 0)],
)
def test_grey_and_dark_pixels_have_no_colour(colour, yellow, red):
    picture = np.ones((3, 4, 4)) * np.array(colour)[:, None, None]
    assert hues(picture) == {"yellow": yellow, "red": red}
