"""The arithmetic that a network computes in, by the names that recipes know."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

DTYPES = {
    "float32": torch.float32,
    "tf32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float64": torch.float64,
}


def image_dtype(precision: str) -> torch.dtype:
    """Return the type of the image that is descended on: float64 in float64, else float32."""
    return torch.float64 if precision == "float64" else torch.float32


@contextmanager
def arithmetic(precision: str) -> Iterator[None]:
    """Let CUDA use TensorFloat-32 in `tf32` and nowhere else, and repeat itself bit for bit."""
    backends = (torch.backends.cuda.matmul, torch.backends.cudnn.conv)
    before = [backend.fp32_precision for backend in backends]
    deterministic = torch.backends.cudnn.deterministic
    try:
        torch.backends.cudnn.deterministic = True
        for backend in backends:
            backend.fp32_precision = "tf32" if precision == "tf32" else "ieee"
        with sdpa_kernel(_attention(precision)):
            yield
    finally:
        torch.backends.cudnn.deterministic = deterministic
        for backend, value in zip(backends, before, strict=True):
            backend.fp32_precision = value


def _attention(precision: str) -> list[SDPBackend]:
    """Return the ways to attend whose gradient is the same every time.

    The fused ones of a GPU add gradients up in any order. `FLASH_ATTENTION` is that of a CPU, too,
    which repeats itself; a GPU takes it for bfloat16 alone.
    """
    if precision == "bfloat16" and torch.cuda.is_available():
        return [SDPBackend.MATH]
    return [SDPBackend.MATH, SDPBackend.FLASH_ATTENTION]


def lengths(rows: Tensor) -> Tensor:
    """Return the Euclidean length [B] of each of B tensors [B, ...], however short or long.

    Squares of float32 vanish below 1e-23 and overflow above 1e19; double precision takes ten times
    as long on a CPU, so it is for such rows alone.
    """
    rows = rows.flatten(1)
    if rows.device.type != "cpu":
        return _double_lengths(rows)
    found = torch.linalg.vector_norm(rows, dim=1)
    safe = (found > 1e-15) & (found < 1e15)
    return found if safe.all() else torch.where(safe, found, _double_lengths(rows))


def _double_lengths(rows: Tensor) -> Tensor:
    return torch.linalg.vector_norm(rows, dim=1, dtype=torch.float64).to(rows.dtype)
