"""What is seen of a photo in a picture, against plain code and pictures whose answer is known."""

import numpy as np
import pytest

from preimage.measures.depth.clearness import (
    band_correlation,
    beaten,
    edges,
    nearer_noise,
    pixel_likeness,
    resolution,
    ring_correlations,
)

SIDE = 64


def noise(seed, deviation=0.1):
    return 0.5 + deviation * np.random.default_rng(seed).standard_normal((3, SIDE, SIDE))


def low_passed(picture, most):
    """Return the picture without what is faster than `most` cycles."""
    along = np.fft.fftfreq(SIDE, 1 / SIDE)
    kept = np.rint(np.hypot(along[:, None], along)) <= most
    return np.fft.ifft2(np.fft.fft2(picture) * kept).real


def test_a_ring_is_correlated_as_plain_sums_say():
    one, other = noise(1), noise(2)
    found = ring_correlations(one, other)
    a, b = (np.fft.fft2(p - p.mean(axis=(1, 2), keepdims=True)) for p in (one, other))
    both = here = there = 0.0
    for u in range(SIDE):
        for v in range(SIDE):
            away = round(np.hypot(min(u, SIDE - u), min(v, SIDE - v)))
            if away == 5:
                both += (a[:, u, v] * b[:, u, v].conj()).real.sum()
                here += (abs(a[:, u, v]) ** 2).sum()
                there += (abs(b[:, u, v]) ** 2).sum()
    assert found[4] == pytest.approx(both / np.sqrt(here * there))
    assert len(found) == SIDE // 2


@pytest.mark.parametrize("most", [4, 11])
def test_the_resolution_is_where_a_picture_ends_to_agree(most):
    photo = noise(1)
    blurred = low_passed(photo, most) + low_passed(noise(2), SIDE) - low_passed(noise(2), most)
    assert resolution(photo, blurred) == most
    assert resolution(photo, photo) == SIDE // 2
    assert resolution(photo, noise(3)) == 0.5


def test_a_band_is_that_of_8_to_32_cycles():
    photo = noise(1)
    other = low_passed(photo, 7) + noise(6) - low_passed(noise(6), 7)
    assert band_correlation(photo, other) == pytest.approx(0, abs=0.05)
    assert band_correlation(photo, photo) == pytest.approx(1)
    changed = low_passed(noise(5), 7) + photo - low_passed(photo, 7)
    assert band_correlation(photo, changed) == pytest.approx(1)


def test_edges_are_as_steep_as_the_slopes_say():
    ramp = np.tile(np.linspace(0, 1, SIDE), (3, SIDE, 1))
    assert edges(ramp, 0.5 * ramp) == pytest.approx(0.5)
    assert edges(ramp, 3 * ramp) == pytest.approx(np.clip(3 * ramp, 0, 1).max(), rel=0.05)


def test_a_photo_of_one_colour_has_no_edges():
    grey, noise = np.full((3, 16, 16), 0.5), np.random.default_rng(0).random((3, 16, 16))
    assert edges(grey, noise) == np.inf
    assert np.isnan(edges(grey, grey))


def test_the_spectrum_tells_noise_from_a_photo():
    photo = np.cumsum(np.cumsum(noise(1) - 0.5, axis=1), axis=2) / 50
    assert nearer_noise(photo, noise(2, 0.25), 0.25) > 0.5
    assert nearer_noise(photo, photo + 1e-3 * noise(3), 0.25) < -0.5
    assert nearer_noise(photo, noise(2, 1e-3), 0.25) < nearer_noise(photo, noise(2, 0.25), 0.25)


def test_a_photo_beats_those_that_are_less_like():
    photos = [noise(seed) for seed in range(4)]
    likeness = pixel_likeness(photos, 0.5 * photos[2] + 0.25)
    plain = [np.corrcoef(p.ravel(), photos[2].ravel())[0, 1] for p in photos]
    assert likeness == pytest.approx(plain, abs=1e-6)
    assert beaten(2, likeness) == 1
    assert beaten(0, [0.2, 0.1, 0.2, 0.3]) == pytest.approx((1 + 0.5) / 3)
    assert np.isnan(beaten(0, [1.0]))
    assert np.isnan(beaten(0, [1.0, np.nan]))


def test_a_grey_picture_is_like_no_photo():
    photo, grey = noise(1), np.full((3, SIDE, SIDE), 0.5)
    assert np.isnan(pixel_likeness([photo], grey)).all()
    assert np.isnan(nearer_noise(photo, grey, 0.25))
    assert (resolution(photo, grey), edges(photo, grey)) == (0.5, 0)
