"""What the picture of a feature looks like: colours, contrast, spatial frequencies, edges.

Codes N1 to N4. Measured is what is seen, which is clipped to [0, 1], without an eighth at each
border: there convolutions reach less often, and leave a frame around whatever a map shows.
Luminance is scikit-image's grey, 0.2125 R + 0.7154 G + 0.0721 B. A picture whose luminance varies
by less than rounding to 8 bits does is plain: it has neither frequency nor edges.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal.windows import hann
from skimage.color import rgb2gray
from skimage.feature import structure_tensor
from skimage.measure import shannon_entropy

Array = NDArray[np.float64]

_PLAIN = 1 / (12**0.5 * 255)  # standard deviation of the luminance: what 8 bits do not show
_BORDER = 8  # one part of so many of a picture's side
_WINDOWS = 32  # of local edges: this many standard deviations to a picture's side
_LEAST = 4  # pixels of a side with two frequencies


def appearance(picture: NDArray[np.floating]) -> dict[str, float]:
    """Return the columns MEASURES and EDGES of `preimage.tables.feature_maps` of RGB [3, S, S]."""
    side = picture.shape[-1]
    inside = slice(round(side / _BORDER), side - round(side / _BORDER))
    seen = np.clip(picture[:, inside, inside], 0, 1).astype(np.float64)
    grey = rgb2gray(seen, channel_axis=0)
    edges, contrast = _edges(grey), float(grey.std())
    return {
        "colourfulness": colourfulness(seen),
        "hue": hue(seen),
        "contrast": contrast,
        "entropy": float(shannon_entropy(np.round(grey * 255).astype(np.uint8))),
        **_frequencies(grey, side),
        **edges,
        "oriented_contrast": contrast * float(np.nan_to_num(edges["local_coherence"])),
        "edges": float(np.hypot(*np.gradient(grey)).mean()),
    }


def colourfulness(seen: Array) -> float:
    """Return the measure M3 of Hasler and Suesstrunk (2003) of RGB [3, S, S] in [0, 1].

    As there on the scale of 0 .. 255: 15 is slightly colourful, 59 quite, 109 extremely.
    """
    red, green, blue = 255 * seen
    opponents = np.stack([red - green, (red + green) / 2 - blue])
    spread, middle = opponents.std(axis=(1, 2)), opponents.mean(axis=(1, 2))
    return float(np.linalg.norm(spread) + 0.3 * np.linalg.norm(middle))


def hue(seen: Array) -> float:
    """Return the hue of the mean colour of RGB [3, S, S] in [0, 1], in degrees; NaN of a grey one.

    Its direction around the axis of greys, in which a picture's shades and tints do not matter.
    """
    red, green, blue = seen.mean(axis=(1, 2))
    across, up = red - (green + blue) / 2, 3**0.5 / 2 * (green - blue)
    if np.hypot(across, up) < 1 / 255:  # less than a step of 8 bits
        return np.nan
    return float(np.degrees(np.arctan2(up, across)) % 360)


def power_spectrum(channel: Array) -> Array:
    """Return the power [S, S] of the frequencies of a channel [S, S], in the order of NumPy's FFT.

    Under a Hann window, after taking the mean out. The sum is the variance under the window.
    """
    side = len(channel)
    window = np.outer(hann(side, sym=False), hann(side, sym=False))
    middle = (window * channel).sum() / window.sum()
    turned = np.fft.fft2(window * (channel - middle))
    return np.abs(turned) ** 2 / (side**2 * (window**2).sum())


def _frequencies(grey: Array, side: int) -> Mapping[str, float]:
    """Return the highest and the mean frequency of the radially averaged power spectrum.

    side: of the whole picture, for its cycles.
    """
    if grey.std() < _PLAIN or len(grey) < _LEAST:
        return dict.fromkeys(("frequency", "cycles", "centroid", "centroid_cycles"), np.nan)
    rings = np.arange(1, len(grey) // 2 + 1)
    power = radial_mean(power_spectrum(grey))[rings]
    highest = float(rings[power.argmax()]) / len(grey)
    middle = float((rings * power).sum() / power.sum()) / len(grey)
    return {
        "frequency": highest,
        "cycles": highest * side,
        "centroid": middle,
        "centroid_cycles": middle * side,
    }


def radial_mean(power: Array) -> Array:
    """Return the mean power of the frequencies of 0, 1, 2 ... cycles, of [S, S] in FFT order."""
    rings = np.round(polar(len(power))[0]).astype(int).ravel()
    return np.bincount(rings, power.ravel()) / np.bincount(rings)


@cache
def polar(side: int) -> tuple[Array, Array]:
    """Return cycles per picture, and direction in 0 .. pi, of frequencies [S, S] in FFT order."""
    cycles = np.fft.fftfreq(side, 1 / side)
    rows, columns = np.meshgrid(cycles, cycles, indexing="ij")
    return np.hypot(rows, columns), np.arctan2(rows, columns) % np.pi


def _edges(grey: Array) -> Mapping[str, float]:
    """Return how edges run, from the structure tensor (Bigun and Granlund 1987).

    Over all of it, and in Gaussian windows of 1/32 of its side. Noise has edges in small
    windows, too: what the start has of them is to be compared with.
    """
    if grey.std() < _PLAIN:
        return dict.fromkeys(("orientation", "coherence", "local_coherence"), np.nan)
    parts = np.stack(structure_tensor(grey, sigma=len(grey) / _WINDOWS, mode="reflect"))
    rows, mixed, columns = parts.mean(axis=(1, 2))
    across = np.degrees(np.arctan2(2 * mixed, columns - rows)) / 2  # of the gradient, clockwise
    return {
        "orientation": float((90 - across) % 180),
        "coherence": _coherence(parts.mean(axis=(1, 2))),
        "local_coherence": _coherence(parts),
    }


def _coherence(parts: Array) -> float:
    """Return how much more gradient there is along one direction than across it: 0 .. 1."""
    rows, mixed, columns = parts
    return float(np.hypot(columns - rows, 2 * mixed).sum() / (rows + columns).sum())
