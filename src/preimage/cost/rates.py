"""What this machine does in a second: products, and bytes of operations that are none."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch

from preimage.operations import Operations
from preimage.precision import DTYPES, arithmetic

_SIZES = range(12, 29, 2)  # bits of the bytes that an operation writes: 4 kB to 256 MB
_LONG = 0.01  # seconds of a product that keeps the whole machine busy
_LARGEST = 8192  # rows
_ENOUGH = 0.1  # seconds of all runs, after which there are no further ones


@dataclass(frozen=True)
class Rates:
    """What a device does in a second.

    flops: floating-point operations of products of square matrices, by precision. moved: bytes
    that an elementwise function reads and writes, by the bits of the number of bytes it writes.
    slowness: how many times longer than by these rates a real descent took.
    """

    flops: Mapping[str, float]
    moved: Mapping[int, float]
    slowness: float = 1.0

    @classmethod
    def measured(cls, device: torch.device, precisions: Sequence[str] = ("float32",)) -> Self:
        """Measure the device for about a second a precision."""
        flops = {precision: products(device, precision) for precision in precisions}
        return cls(flops, {bits: _moved(device, bits) for bits in _SIZES})

    def seconds(self, operations: Operations, precision: str = "float32") -> float:
        """Return how long operations take."""
        products = operations.flops / self.flops[precision]
        known = [*self.moved], [*self.moved.values()]
        moved = sum(n / np.interp(bits, *known) for bits, n in operations.moved.items())
        return self.slowness * float(products + moved)

    def as_slow_as(self, times: float) -> Self:
        """Return the same rates where a real descent took so many times longer than by them."""
        return replace(self, slowness=times)


def products(device: torch.device, precision: str) -> float:
    """Return the floating-point operations a second of a product of large square matrices.

    They hold random numbers: of zeros a GPU makes products faster.
    """
    rows, seconds = 512, 0.0
    with arithmetic(precision):
        while seconds < _LONG and rows < _LARGEST:
            rows *= 2
            one, other = (torch.randn(rows, rows, device=device) for _ in range(2))
            one, other = one.to(DTYPES[precision]), other.to(DTYPES[precision])
            seconds = shortest(lambda one=one, other=other: one @ other, device)
    return 2 * rows**3 / seconds


def _moved(device: torch.device, bits: int) -> float:
    """Return the bytes a second of an elementwise function that writes 2^bits bytes.

    It is the sigmoid, in new memory each time: neither the cheapest function there is, nor one
    that computes for long.
    """
    values = torch.randn(2**bits // 4, device=device)
    calls = max(1, 2**22 // 2**bits)  # as many as take longer than a clock's tick
    return calls * 2 * 2**bits / shortest(lambda: [values.sigmoid() for _ in range(calls)], device)


def shortest(run: Callable[[], object], device: torch.device, times: int = 5) -> float:
    """Return the seconds of the shortest of some runs, after one that warms up.

    Long ones are fewer, but two at the least: what disturbs a moment does not disturb them.
    """
    run()
    found = [_seconds(run, device) for _ in range(2)]
    while len(found) < times and sum(found) < _ENOUGH:
        found.append(_seconds(run, device))
    return min(found)


def _seconds(run: Callable[[], object], device: torch.device) -> float:
    wait(device)
    began = time.perf_counter()
    run()
    wait(device)
    return time.perf_counter() - began


def wait(device: torch.device) -> None:
    """Wait until a GPU has done what it was asked; the CPU has done it when it returns."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
