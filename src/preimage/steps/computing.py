"""Where a step computes, and what it keeps of its work: neither decides a result."""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch

from preimage.batches import Batch
from preimage.device import DEVICES, choose
from preimage.errors import UserError, near_matches
from preimage.kept import Kept
from preimage.networks.network import Network, load_network
from preimage.steps.reading import add_files, number_or_auto, positive


@dataclass(frozen=True)
class Machine:
    """The device, how many images a network sees at once, and whose code may run here.

    modules: those that may build networks, as package.module:callable. A network's file names the
    module that builds it, and a file of a stranger's could name any.
    """

    device: torch.device
    batch: Batch = 8
    modules: tuple[str, ...] = ()

    @staticmethod
    def add(parser: ArgumentParser, *_: object) -> None:
        """Add what says where to compute."""
        add = parser.add_argument
        add("--device", default="auto", help=f"{', '.join(DEVICES)} (default: auto)")
        add("--threads", type=positive, help="CPU threads (default: all)")
        said = "images a network sees at once, or auto (default: 8)"
        add("--batch", type=number_or_auto, default=8, help=said)
        add(
            "--modules",
            nargs="*",
            default=(),
            metavar="PACKAGE.MODULE:CALLABLE",
            help="let these build networks whose files name them: their code runs",
        )

    @classmethod
    def read(cls, given: Mapping[str, Any], _: str) -> Self:
        """Take as many threads as are given; return the machine."""
        if given["threads"]:
            torch.set_num_threads(given["threads"])
        return cls(choose(given["device"]), given["batch"], tuple(given["modules"]))


@dataclass(frozen=True)
class KeptBeside:
    """What a step keeps of its work for the next time, in a folder beside one of its outputs.

    A command line has no word for it.
    """

    output: str

    @staticmethod
    def add(*_: object) -> None:
        """Add nothing."""

    def read(self, given: Mapping[str, Any], _: str) -> Kept:
        """Return what is kept in the folder that is called like the output, without its ending."""
        return Kept(given[self.output].with_suffix(""))


@dataclass(frozen=True)
class Networks:
    """Networks by the names of their files, each loaded when it is asked for, on a `Machine`."""

    files: Mapping[str, Path]

    @staticmethod
    def add(parser: ArgumentParser, name: str, default: object) -> None:
        """Add the files."""
        add_files(parser, name, default, "NET.safetensors")

    @classmethod
    def read(cls, given: Mapping[str, Any], name: str) -> Self:
        """Take the files; none is read yet."""
        return cls({file.stem: file for file in given[name] or ()})

    def load(self, name: str, machine: Machine, *, on_device: bool = True) -> Network:
        """Return a network, on the device or on the CPU. UserError for one without a file."""
        if name not in self.files:
            near = near_matches(name, [*self.files])
            raise UserError(f"the plan asks the network {name!r}, whose file is not given{near}")
        device = machine.device if on_device else "cpu"
        return load_network(self.files[name], device=device, modules=machine.modules)
