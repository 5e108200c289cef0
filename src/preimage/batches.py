"""How many images a network sees at once where that is `auto`: as many as pay, and fit. No torch.

What an image takes is counted, and a device has the room of its kind: nothing is timed, and what
else a machine has in memory is not asked. So the number is the same on all machines of a kind.
"""

from dataclasses import dataclass
from math import ceil, frexp
from typing import Literal

AUTO = "auto"
MOST = 4096
UNKNOWN = 2**33  # bytes of a GPU that nobody has seen yet, as where a cluster's jobs are planned

Batch = int | Literal["auto"]

# A step takes about so many times the memory that its gradient does.
_TIMES = 2
# In these a GPU multiplies some times as fast, so more operations go by before it is busy.
_FASTER = {"tf32": 4, "bfloat16": 4}


@dataclass(frozen=True)
class Room:
    """What a kind of device has room for.

    flops: floating-point operations of a step, from which on more images at once take as much
    longer. memory: bytes for what a step computes.
    """

    flops: float
    memory: float

    def images(self, flops: float, held: float) -> int:
        """Return how many images pay and fit: a power of two, and one where none does.

        flops: floating-point operations of an image in a step. held: bytes that are kept for its
        gradient.
        """
        return min(self.fitting(held), _power_of_two(self.flops / max(flops, 1)))

    def fitting(self, held: float) -> int:
        """Return how many images fit into the memory, whether they pay or not."""
        return _power_of_two(self.memory / (_TIMES * max(held, 1)))


CPU = Room(8e9, 2**32)
"""Of any processor: where more would fit, it no longer pays."""


def gpu(memory: float, precision: str = "float32") -> Room:
    """Return the room of a GPU of so many bytes: of half of them, rounded down to a power of two.

    The other half is for the network, for what an estimate misses, and for another job's.
    """
    return Room(2e11 * _FASTER.get(precision, 1), 2 ** (frexp(memory)[1] - 1) / 2)


def evenly(count: int, most: int) -> int:
    """Return how many of `count` images to see at once, `most` or fewer, so that all are as many.

    A short batch is filled up with copies: of 36 images, 32 at once would be as much as 64.
    """
    return ceil(count / ceil(count / most))


def _power_of_two(most: float) -> int:
    """Return the largest power of two that is no more, from 1 to MOST."""
    return 2 ** (frexp(max(1.0, min(most, MOST)))[1] - 1)
