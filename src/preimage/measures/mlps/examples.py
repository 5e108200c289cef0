"""The examples that the page "Input Representations and Depth" works by hand or names (E5)."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from preimage.tables.inversions import WORKED_EXAMPLES

LOST = "lost dimensions of 8 inputs"
SWAPPED = "two pixels swapped"
CONTRACTED = "contraction by 1000"
_INPUTS, _KERNELS = 8, 10


def worked_examples() -> pd.DataFrame:
    """Return the table WORKED_EXAMPLES: numbers as the page says them, and as computed here."""
    rows = [("E5", "mean of two", *row) for row in _mean_of_two()]
    rows += [("E5", LOST, *row) for row in _lost_by_padding()]
    rows += [("E5", SWAPPED, *row) for row in _swapped()]
    rows += [("E5", CONTRACTED, *row) for row in _contraction()]
    return pd.DataFrame(rows, columns=WORKED_EXAMPLES.names)


def _mean_of_two() -> Iterator[tuple[str, float | None, float]]:
    """The convolution with 1/2 [1 1] of (2, 3): one output, so that inputs cannot be told apart.

    With a known 0 beside it and a stride of 1, they can.
    """
    inputs = np.array([2.0, 3.0])
    alone, padded = _convolution("valid"), _convolution("full")
    output = alone @ inputs
    shortest = np.linalg.pinv(alone) @ output
    yield "output of (2, 3)", 5 / 2, output.item()
    yield "dimensions of inputs with that output", None, _lost(alone)
    yield "output of the shortest of them", None, (alone @ shortest).item()
    yield "its distance from (2, 3)", None, _length(shortest - inputs)
    yield "dimensions of inputs with that output, padded with 0", None, _lost(padded)


def _convolution(mode: str, inputs: int = 2) -> np.ndarray:
    """Return what the convolution makes of some inputs, as a matrix."""
    return np.stack([np.convolve(unit, [0.5, 0.5], mode) for unit in np.eye(inputs)], axis=1)


def _lost_by_padding() -> Iterator[tuple[str, None, float]]:
    """Count what 1/2 [1 1] loses of eight inputs: alone, padded with known values, with strides."""
    yield "alone", None, _lost(_convolution("valid", _INPUTS))
    yield "padded", None, _lost(_convolution("full", _INPUTS))
    yield "padded, with a stride of 2", None, _lost(_convolution("full", _INPUTS)[::2])
    yield "identity", None, _lost(np.eye(_INPUTS))


def _swapped() -> Iterator[tuple[str, None, float]]:
    """Swap two pixels that a 3 x 3 kernel sees; the change of its output, relative to that."""
    for number in range(_KERNELS):
        drawn = np.random.default_rng(number)
        pixels = drawn.uniform(size=9)
        first, second = drawn.choice(9, 2, replace=False)
        other = pixels.copy()
        other[[first, second]] = pixels[[second, first]]
        for name, kernel in (("uniform", np.full(9, 1 / 9)), ("random", drawn.normal(size=9))):
            change = abs(kernel @ (other - pixels)) / np.abs(kernel * pixels).sum()
            yield f"{name} kernel {number}", None, float(change)


def _lost(matrix: np.ndarray) -> float:
    """Return how many dimensions of the inputs of a matrix its outputs do not tell."""
    return float(matrix.shape[1] - np.linalg.matrix_rank(matrix))


def _contraction() -> Iterator[tuple[str, float | None, float]]:
    """The map E that contracts one of two dimensions by 1000: x, beside it epsilon, and far off a.

    Only differences count, so x is 0.
    """
    contraction = np.diag([1 / 1000, 1])
    for name, point, said in (
        ("epsilon", np.array([1.0, 1.0]), {"x": 2.0, "E": 1.001}),
        ("a", np.array([1000.0, 0.0]), {"x": 1000.0, "E": 1.0}),
    ):
        yield f"|x - {name}| in L1", said["x"], _length(point, 1)
        yield f"|E(x - {name})| in L1", said["E"], _length(contraction @ point, 1)
        yield f"|E(x - {name})| in L2", None, _length(contraction @ point)
    yield "condition number of E", None, float(np.linalg.cond(contraction))


def _length(vector: np.ndarray, order: int = 2) -> float:
    return float(np.linalg.norm(vector, order))
