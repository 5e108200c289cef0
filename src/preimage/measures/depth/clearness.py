"""What is seen of a photo in its reconstruction: how fine, how sharp, and whose it is.

Pictures are RGB [3, S, S], seen as they are shown, clipped to 0 .. 1. The Fourier ring correlation
is that of Saxton and Baumeister (1982); as usual one half is where it says that pictures still
agree.
"""

from collections.abc import Sequence

import numpy as np

from preimage.measures.comparisons.nearness import ssim

_AGREE = 0.5
BAND = (8, 32)  # cycles a picture: of the spots of a dalmatian
MOST_OTHERS = 12  # reconstructions of other photos that make a floor


def resolution(photo: np.ndarray, image: np.ndarray) -> float:
    """Return up to what frequency, in cycles a picture, the image agrees with the photo.

    The highest ring before the first whose correlation is below one half; 0.5 where that is the
    first ring, so that there is a logarithm.
    """
    rings = ring_correlations(photo, image)
    below = np.flatnonzero(~(rings >= _AGREE))
    return max(0.5, float(below[0] if len(below) else len(rings)))


def ring_correlations(photo: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Return the correlation of two pictures in each ring of frequencies, from 1 to S // 2."""
    (one, other), rings = _spectra(photo, image), _rings(photo.shape[-1])
    return _correlated(*(_by_ring(v, rings) for v in _products(one, other)))


def band_correlation(photo: np.ndarray, image: np.ndarray) -> float:
    """Return the correlation of two pictures in the frequencies of BAND, its ends included."""
    (one, other), rings = _spectra(photo, image), _rings(photo.shape[-1])
    inside = (BAND[0] <= rings) & (rings <= BAND[1])
    return float(_correlated(*(v[inside].sum() for v in _products(one, other))))


def edges(photo: np.ndarray, image: np.ndarray) -> float:
    """Return how steep the image is, over how steep the photo is: mean lengths of gradients.

    Infinite where the photo is of one colour, and NaN where both are.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.divide(_steepness(image), _steepness(photo)))


def nearer_noise(photo: np.ndarray, image: np.ndarray, deviation: float) -> float:
    """Return how much nearer an image's spectrum is to white noise than to the photo's.

    The root mean square, over rings, of the difference of spectra in decades of power: from the
    photo less from noise of that standard deviation, whose power is the same at all frequencies.
    Above 0 the image looks like the noise. The image is not clipped.
    """
    rings = _rings(photo.shape[-1])
    count = _by_ring(np.ones_like(rings), rings)
    powers = [(np.abs(found) ** 2).sum(axis=0) for found in _spectra(photo, image, clip=False)]
    with np.errstate(divide="ignore"):  # a grey picture has none
        wanted, seen = (np.log10(_by_ring(power, rings) / count) for power in powers)
    white = np.log10(3 * deviation**2 * photo.shape[-1] ** 2)
    with np.errstate(invalid="ignore"):
        return float(_root(seen - wanted) - _root(seen - white))


def beaten(own: int, likeness: Sequence[float]) -> float:
    """Return the share of other photos that the own one beats in likeness; a tie is half of it.

    By chance it is 1/2. NaN without others, or where a likeness is.
    """
    others = np.delete(np.asarray(likeness, dtype=np.float64), own)
    if not len(others) or np.isnan(likeness).any():
        return float("nan")
    return float(np.mean((others < likeness[own]) + 0.5 * (others == likeness[own])))


def pixel_likeness(photos: Sequence[np.ndarray], image: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation of the pixels of an image with those of each photo.

    NaN where one of both is of one value.
    """
    seen = _centred(image)
    return np.array([(_centred(photo) * seen).sum() for photo in photos])


def floor(photo: np.ndarray, others: Sequence[np.ndarray]) -> float:
    """Return the mean structural similarity of a photo with reconstructions of other photos."""
    return float(np.mean([ssim(photo, other) for other in others])) if len(others) else np.nan


def _spectra(*pictures: np.ndarray, clip: bool = True) -> list[np.ndarray]:
    """Return the spectra [3, S, S] of pictures without their means."""
    seen = (np.clip(p, 0, 1) if clip else p for p in pictures)
    return [np.fft.fft2(p - p.mean(axis=(1, 2), keepdims=True)) for p in map(np.float64, seen)]


def _rings(side: int) -> np.ndarray:
    """Return the whole number of cycles a picture of each place [S, S] of a spectrum."""
    along = np.fft.fftfreq(side, 1 / side)
    return np.rint(np.hypot(along[:, None], along)).astype(int)


def _by_ring(values: np.ndarray, rings: np.ndarray) -> np.ndarray:
    """Return the sums of values [S, S] by ring, from 1 to S // 2."""
    found = np.bincount(rings.ravel(), values.ravel().astype(np.float64))
    return found[1 : len(rings) // 2 + 1]


def _products(one: np.ndarray, other: np.ndarray) -> list[np.ndarray]:
    pairs = ((one, other), (one, one), (other, other))
    return [(a * b.conj()).real.sum(axis=0) for a, b in pairs]


def _correlated(both: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return correlations; 0 where one of two pictures has nothing."""
    power = np.sqrt(one * other)
    return np.divide(both, power, out=np.zeros_like(power), where=power > 0)


def _steepness(picture: np.ndarray) -> float:
    down, along = np.gradient(np.clip(picture, 0, 1).astype(np.float64), axis=(1, 2))
    return float(np.hypot(down, along).mean())


def _centred(picture: np.ndarray) -> np.ndarray:
    centred = np.clip(picture, 0, 1).astype(np.float64)
    centred = centred - centred.mean()
    with np.errstate(invalid="ignore"):
        return centred / np.linalg.norm(centred)


def _root(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))
