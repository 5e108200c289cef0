"""The device that a step computes on."""

import ctypes
import errno
import itertools
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from traceback import clear_frames

import torch

from preimage import batches
from preimage.batches import Room
from preimage.errors import UserError

log = logging.getLogger(__name__)

DEVICES = ("auto", "cpu", "cuda")
CPU = Path("/proc/cpuinfo")  # what Linux says of the processor
_BFLOAT16 = {"amx_bf16", "avx512_bf16", "bf16"}  # the last is ARM's

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as malloc.h numbers them


def choose(device: str) -> torch.device:
    """Return the device of that name; `auto` is CUDA where there is one, else the CPU.

    Where PyTorch sees several GPUs, it is the one that the fewest other processes of this machine
    have chosen; this process keeps it until it ends. Raises UserError for `cuda` on a machine
    without one and for any other name.
    """
    if device not in DEVICES:
        raise UserError(f"device is {device!r}, give one of {', '.join(DEVICES)}")
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise UserError(
            "device is cuda, but PyTorch finds no CUDA device here: set device to auto or cpu, "
            "or run where there is a GPU and PyTorch is built for it"
        )
    if device == "cpu" or not there:
        _keep_memory()
        return torch.device("cpu")
    if torch.cuda.device_count() < 2:
        return torch.device("cuda")
    return torch.device("cuda", _seat())


def room_of(device: str | torch.device, precision: str = "float32") -> Room:
    """Return what a device has room for, by its kind: of GPUs, the memory that they are made with.

    What is in that memory already is not asked, for it is another tomorrow.
    """
    device = torch.device(device)
    if device.type != "cuda":
        return batches.CPU
    return batches.gpu(torch.cuda.get_device_properties(device).total_memory, precision)


@contextmanager
def room_for(
    batch: int, device: str | torch.device, held: Callable[[], float] | None = None
) -> Iterator[None]:
    """Raise UserError where the memory of a GPU does not hold a batch; say which one it would.

    held: counts the bytes that an image keeps for its gradient.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        clear_frames(error.__traceback__)  # which still hold what the memory is full of
        raise UserError(
            f"{device} has not the memory for {_images(batch)} at once: "
            f"{_advice(batch, _fitting(device, held))}"
        ) from error


def _images(count: int) -> str:
    return f"{count} images" if count > 1 else "a single image"


def _fitting(device: str | torch.device, held: Callable[[], float] | None) -> int | None:
    """Return how many images fit into a device by its kind; None where that cannot be counted."""
    try:
        return room_of(device).fitting(held()) if held else None
    except torch.OutOfMemoryError:
        return None


def _advice(batch: int, fitting: int | None) -> str:
    if batch == 1:
        return "let octaves be smaller, free memory that others use, or take the CPU"
    if fitting is None or fitting >= batch:  # something else has a part of the memory
        return f"set batch to {batch // 2}, or less, or free memory that others use"
    return f"set batch to {fitting}, or to auto"


def warn_if_slow(precision: str, device: torch.device) -> None:
    """Log a warning where a device knows no bfloat16, and takes longer in it than in float32."""
    if precision == "bfloat16" and not knows_bfloat16(device):
        log.warning(
            "the recipe computes in bfloat16, which this %s does not know: it takes longer here "
            "than float32, in which pictures are not quite the same",
            "GPU" if device.type == "cuda" else "processor",
        )


def knows_bfloat16(device: torch.device) -> bool:
    """Say whether a device multiplies in bfloat16, by what it is: nothing is timed.

    That is a GPU from Ampere on, and a CPU with AMX, AVX-512 BF16 or ARM's BF16. A CPU that does
    not say what it can is taken to.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    try:
        lines = CPU.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return True
    can = next((line for line in lines if line.startswith(("flags", "Features"))), None)
    return can is None or bool(_BFLOAT16 & {*can.split()})


@cache
def _keep_memory() -> None:
    """Let the C library keep the memory of large tensors that are freed, for the next ones.

    glibc gives blocks above 32 MiB back at once, and zeroes each page anew when it is asked for
    them again: an eighth to a fifth of a descent's time at 224 pixels. Other libraries know nothing
    of it.
    """
    adjust = getattr(ctypes.CDLL(None), "mallopt", None)
    if adjust:
        for parameter in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            adjust(parameter, 2**31 - 1)


@cache  # a process has one
def _seat() -> int:
    """Take a seat at a GPU, the first of each before the second of any; return the GPU's number.

    A seat is the name of a socket that nobody talks to. No two sockets of a machine have the same
    name, and the system frees it when its process ends, however that ends.
    """
    count = torch.cuda.device_count()
    gpus = [torch.cuda.get_device_properties(index).uuid for index in range(count)]
    with socket.socket(socket.AF_UNIX) as claim:
        seats = ((seat, index) for seat in itertools.count() for index in range(count))
        index = next(i for seat, i in seats if _is_ours(claim, f"preimage {gpus[i]} {seat}"))
        claim.detach()  # open as long as this process runs
    return index


def _is_ours(claim: socket.socket, name: str) -> bool:
    """Give a socket that name, unless another one has it."""
    try:
        claim.bind(f"\0{name}")  # \0: a name alone, no file
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True
