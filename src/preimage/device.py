"""The device that a step computes on."""

import torch

from preimage.errors import UserError

DEVICES = ("auto", "cpu", "cuda")


def choose(device: str) -> torch.device:
    """Return the device of that name; `auto` is CUDA where there is one, else the CPU.

    Raises UserError for `cuda` on a machine without one and for any other name.
    """
    if device not in DEVICES:
        raise UserError(f"device is {device!r}, give one of {', '.join(DEVICES)}")
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise UserError(
            "device is cuda, but PyTorch finds no CUDA device here: set device to auto or cpu, "
            "or run where there is a GPU and PyTorch is built for it"
        )
    return torch.device("cuda" if device != "cpu" and there else "cpu")
