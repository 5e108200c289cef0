"""Images of noise with labels by chance, drawn from a seed: nothing to know, all to memorise.

The images of a network trained on noise are gigabytes (experiment H1: 10,000 images are 6 GB), so
they are never all there: each is drawn when it is needed, from the seed and its number alone.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import ceil

import numpy as np
import torch
from torch import Tensor

from preimage.errors import UserError

MEAN, DEVIATION = 0.5, 0.25

_IMAGES, _LABELS, _ORDERS = range(3)  # streams of random numbers


@dataclass(frozen=True)
class Noise:
    """Images 0.5 + N(0, 1) / 4, each with one of so many labels, by chance.

    images: how many there are. labels: how many to choose from. size: of the images, in pixels.
    Raises `UserError` for values out of range.
    """

    images: int
    labels: int
    size: int
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in {"images": 2, "labels": 2, "size": 1, "seed": 0}.items():
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise UserError(f"noise: {name} is {value!r}, must be {least} or more")

    @cached_property
    def answers(self) -> Tensor:
        """The label of each image, [images] in 0 .. labels - 1."""
        return torch.randint(self.labels, (self.images,), generator=self._generator(_LABELS))

    def image(self, index: int) -> Tensor:
        """Draw image number `index`, [3, size, size], not clipped to 0 .. 1.

        It depends on the seed, the index and the size alone. A CPU draws it, whatever trains, so
        that it is the same everywhere (to rounding: processors differ in their logarithms).
        """
        shape = (3, self.size, self.size)
        image = torch.randn(shape, generator=self._generator(_IMAGES, index))
        return image.mul_(DEVIATION).add_(MEAN)

    def order(self, epoch: int) -> list[int]:
        """Return the numbers of all images, shuffled by the seed and the epoch."""
        return torch.randperm(self.images, generator=self._generator(_ORDERS, epoch)).tolist()

    def batches(self, order: Sequence[int], most: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Draw the images of those numbers, in even batches of at most `most`, with their labels.

        While the caller works on one batch, threads draw the next: as many as PyTorch may use.
        Even, because a small last batch would leave BatchNorm poor statistics.
        """
        parts = [part.tolist() for part in np.array_split(order, ceil(len(order) / most))]
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            drawn = pool.map(self.image, parts[0])
            for part, following in pairwise([*parts, []]):
                images = torch.stack([*drawn])
                drawn = pool.map(self.image, following)
                yield images, self.answers[part]

    def _generator(self, stream: int, index: int = 0) -> torch.Generator:
        """Return the random numbers of one drawing.

        PyTorch reads 32 bits of a seed: of 10,000 that are drawn at random two may well be the
        same, and of 10,000 in a row none are.
        """
        first = np.random.SeedSequence([self.seed, stream]).generate_state(1).item()
        return torch.Generator().manual_seed(first + index)
