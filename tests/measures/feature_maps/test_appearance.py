"""Measures of how a picture looks, on pictures of known answer."""

import colorsys

import numpy as np
import pytest

from preimage.measures.feature_maps.appearance import appearance, hue, power_spectrum
from preimage.tables.feature_maps import EDGES, MEASURES

SIDE = 96


def grating(cycles, degrees=90.0, low=0.0, high=1.0, side=SIDE):
    """Return grey stripes that run along `degrees` from horizontal, counterclockwise."""
    rows, columns = np.mgrid[:side, :side] / side
    angle = np.radians(degrees - 90)  # of the wave, which crosses the stripes
    wave = np.cos(2 * np.pi * cycles * (np.cos(angle) * columns - np.sin(angle) * rows))
    return np.tile(low + (high - low) * (1 + wave) / 2, (3, 1, 1))


def plain(red, green, blue, side=SIDE):
    return np.tile(np.array([red, green, blue])[:, None, None], (1, side, side))


def noise(side=SIDE, seed=0):
    return 0.5 + np.tile(np.random.default_rng(seed).normal(size=(side, side)) / 20, (3, 1, 1))


def test_all_measures_are_there():
    assert [column.name for column in (*MEASURES, EDGES)] == list(appearance(noise()))


@pytest.mark.parametrize("cycles", [4, 8, 28])
def test_a_grating_has_its_frequency(cycles):
    found = appearance(grating(cycles))
    assert found["cycles"] == pytest.approx(cycles)
    assert found["frequency"] == pytest.approx(cycles / SIDE)
    assert found["centroid_cycles"] == pytest.approx(cycles, abs=0.7)
    assert found["centroid"] * SIDE == pytest.approx(found["centroid_cycles"])


def test_the_same_picture_larger_has_as_many_cycles_in_all():
    small, large = appearance(grating(8)), appearance(grating(8, side=2 * SIDE))
    assert small["cycles"] == pytest.approx(8)
    assert large["cycles"] == pytest.approx(8)
    assert large["frequency"] == pytest.approx(small["frequency"] / 2)


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 135, 160])
def test_a_grating_has_its_orientation(degrees):
    found = appearance(grating(6, degrees))
    apart = (found["orientation"] - degrees + 90) % 180 - 90
    assert abs(apart) < 1
    assert found["coherence"] > 0.95
    assert found["local_coherence"] > 0.95


def test_stripes_of_two_directions_are_coherent_only_in_small_windows():
    halves = np.concatenate(
        [grating(12, 0)[..., : SIDE // 2], grating(12, 90)[..., SIDE // 2 :]], axis=2
    )
    found = appearance(halves)
    assert found["coherence"] < 0.2
    assert found["local_coherence"] > 0.8


def test_white_noise_has_no_direction_and_all_frequencies():
    found = appearance(noise())
    assert found["coherence"] < 0.1
    assert 0.1 < found["local_coherence"] < 0.6
    assert found["centroid"] == pytest.approx(0.25, abs=0.02)  # of a spectrum flat up to 0.5


@pytest.mark.parametrize("colour", [(0.5, 0.5, 0.5), (1, 0, 0), (0.1, 0.1, 0.1)])
def test_a_plain_picture_has_no_pattern(colour):
    found = appearance(plain(*colour))
    assert found["contrast"] == pytest.approx(0, abs=1e-12)
    assert found["entropy"] == 0
    assert found["oriented_contrast"] == 0
    for name in ("frequency", "centroid", "orientation", "coherence", "local_coherence"):
        assert np.isnan(found[name])


def test_colourfulness_is_that_of_the_paper():
    assert appearance(grating(5))["colourfulness"] == pytest.approx(0, abs=1e-9)
    assert appearance(plain(1, 0, 0))["colourfulness"] == pytest.approx(0.3 * np.hypot(255, 127.5))
    halves = plain(1, 0, 0)
    halves[:, :, SIDE // 2 :] = plain(0, 1, 0)[:, :, SIDE // 2 :]
    assert appearance(halves)["colourfulness"] == pytest.approx(255 + 0.3 * 127.5)


def test_contrast_and_entropy_of_two_levels():
    halves = plain(0, 0, 0)
    halves[:, :, SIDE // 2 :] = 1.0
    found = appearance(halves)
    assert found["contrast"] == pytest.approx(0.5)
    assert found["entropy"] == pytest.approx(1)


def test_contrast_in_edges_is_that_of_stripes_and_little_of_noise():
    stripes, random = appearance(grating(8)), appearance(noise())
    assert stripes["oriented_contrast"] == pytest.approx(stripes["contrast"], rel=0.05)
    assert random["oriented_contrast"] < 0.6 * random["contrast"]


def test_the_frame_that_convolutions_leave_does_not_count():
    framed = plain(0.8, 0.2, 0.2)
    framed[:, :8], framed[:, :, -8:] = 0, 1
    assert appearance(framed) == pytest.approx(appearance(plain(0.8, 0.2, 0.2)), nan_ok=True)


def test_what_8_bits_do_not_show_is_no_pattern():
    assert np.isnan(appearance(grating(8, low=0.5, high=0.502))["frequency"])
    assert appearance(grating(8, low=0.5, high=0.51))["cycles"] == pytest.approx(8)


def test_what_is_not_seen_does_not_count():
    picture = grating(5)
    assert appearance(9 * picture - 4) == appearance(np.clip(9 * picture - 4, 0, 1))


def test_power_adds_up_to_the_variance_under_the_window():
    wave = grating(8)[0]
    assert power_spectrum(wave).sum() == pytest.approx(wave.var(), rel=0.01)


def test_a_tiny_picture_is_measured_as_far_as_it_goes():
    found = appearance(noise(side=2))
    assert np.isfinite(found["contrast"])
    assert np.isnan(found["frequency"])


@pytest.mark.parametrize("degrees", [0, 45, 120, 180, 300])
def test_a_hue_is_that_of_the_mean_colour(degrees):
    colour = np.array(colorsys.hsv_to_rgb(degrees / 360, 0.5, 0.8))
    noise = np.random.default_rng(4).normal(0, 0.01, (3, 32, 32))
    seen = colour[:, None, None] + noise - noise.mean(axis=(1, 2), keepdims=True)
    apart = (hue(seen) - degrees + 180) % 360 - 180
    assert abs(apart) < 3.5  # the angle around grey is not quite that of HSV
    assert np.isnan(hue(np.full((3, 8, 8), 0.4)))
