"""Make one network of the study: build it, give it its weights, and write it as `.safetensors`.

PLAN says what to make, for example

    {"name": "googlenet", "architecture": "googlenet", "size": 299, "options": {},
     "categories": ["tench", "goldfish", ...], "weights": "IMAGENET1K_V1"}

where the weights are a name of torchvision's, {"url": ..., "sha256": ...}, {"file": ...} with or
without "sha256", or {"untrained": SEED}. Writes the network and, beside it, a .json that describes
it and holds the SHA-256 of its weights.
"""

import argparse
import hashlib
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from preimage.errors import UserError
from preimage.networks.network import (
    Network,
    build,
    complete_options,
    load_state,
    read_state,
    save_network,
)
from preimage.networks.weights import Source, torchvision_source
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import NETWORK, read_plan

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """What network to make; the fields are those of `Network`, and where its weights come from."""

    name: str
    architecture: str
    size: int
    categories: list[str]
    weights: str | Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("build_network", __doc__)
    parser.add_argument(
        "--plan", type=Path, required=True, metavar="PLAN", help="JSON or YAML file as above"
    )
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="state dict, where the plan names no file"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="NET.safetensors", help="file to write"
    )
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the network that the plan in `args` describes."""
    if args.output.suffix != ".safetensors":
        raise UserError(f"--output {args.output}: a network's file ends in .safetensors")
    plan = Plan(**read_plan(args.plan, NETWORK, optional=["options"]))
    network, source = make(plan, args.weights)
    save_network(network, args.output, source)
    log.info("%s is written: %s, %s", args.output, network.architecture, source)


def make(plan: Plan, file: Path | None = None) -> tuple[Network, str]:
    """Return the network and a line on where its weights come from.

    `file` holds the state dict, unless the plan names a file or wants none. Raises UserError where
    the two do not agree, or the weights do not fit the architecture.
    """
    named = plan.weights if isinstance(plan.weights, str) else None
    options = complete_options(plan.architecture, plan.size, plan.options, named)
    match plan.weights:
        case {"untrained": int(seed)}:
            if file:
                raise UserError(f"{plan.name} is untrained in the plan: leave out --weights {file}")
            model = build(plan.architecture, len(plan.categories), seed=seed, options=options)
            source = f"untrained, seed {seed}"
        case _:
            file, source = _weights_file(plan, file)
            model = build(plan.architecture, len(plan.categories), options=options)
            load_state(model, read_state(file), f"{plan.name} ({plan.architecture}): {file}")
    categories = tuple(plan.categories)
    return Network(plan.name, plan.architecture, model, categories, plan.size, options), source


def _weights_file(plan: Plan, given: Path | None) -> tuple[Path, str]:
    """Return the verified file of weights and where it comes from."""
    own = None
    match plan.weights:
        case str(name):
            origin = f"torchvision {name}"
            expected = torchvision_source(plan.architecture, name).sha256
        case {"url": url, "sha256": sha256}:
            origin, expected = url, Source(url, sha256).sha256
        case {"file": file}:
            origin, expected, own = "a file", plan.weights.get("sha256", ""), Path(file)
        case _:
            raise UserError(
                f"{plan.name}: weights are {plan.weights}; give a name of torchvision's, "
                "url and sha256, file, or untrained with a seed"
            )
    file = given or own
    if file is None:
        raise UserError(f"{plan.name}: give the file of {origin} with --weights")
    return file, f"{origin}, SHA-256 {verified(file, expected, plan.name)}"


def verified(file: Path, expected: str, name: str) -> str:
    """Return the SHA-256 of a network's file of weights, which must begin as `expected` does."""
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{name}: {file} cannot be read: {error.strerror}") from error
    if not digest.startswith(expected.lower()):
        raise UserError(f"{name}: the SHA-256 of {file} is {digest}, expected {expected}")
    return digest


if __name__ == "__main__":
    sys.exit(run(main, parser()))
