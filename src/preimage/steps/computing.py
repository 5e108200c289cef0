"""What the command lines of steps that compute share: device, threads and batch."""

import argparse

import torch

from preimage.device import choose
from preimage.steps.cli import positive


def add_machine(parser: argparse.ArgumentParser, *, batch: bool = False) -> None:
    """Add the arguments that say where to compute, which decide no result."""
    add = parser.add_argument
    add("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    add("--threads", type=positive, help="CPU threads (default: all)")
    if batch:
        add("--batch", type=positive, default=8, help="images a network sees at once (default: 8)")


def machine(args: argparse.Namespace) -> torch.device:
    """Take as many threads as `args` says; return the device that it names."""
    if args.threads:
        torch.set_num_threads(args.threads)
    return choose(args.device)
