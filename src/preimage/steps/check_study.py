"""Check what only torch can tell of a study: architectures, weights' names, layers, optimisers.

Nothing is computed: networks are built and traced without storage. Of weights only the user's own
files are read; others are verified when they have come. The plan is a JSON file with the networks
as the steps take them that make networks, and the objectives that each is to serve:

    networks: [{name: resnet18, architecture: resnet18, size: 64, weights: ..., options: {}}]
    objectives:
      - {where: "image set class_images, run of resnet18", objective: "resnet18:logits[7]",
         sides: [64, 72]}
    orders:     # layers that are listed by depth; this and spaces may be left out
      - {where: image set maps, network: resnet18, layers: [conv1, layer1]}
    spaces:     # of feature maps
      - {where: space animals, network: resnet18, layer: layer4, maps: [0, 4], batch_norm: true,
         side: 64}
"""

import argparse
import sys
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import nn

from preimage.descent.layers import Extractor, Layout, execution_order
from preimage.descent.objective import LOGITS, Direction, Objective
from preimage.errors import UserError
from preimage.files import write_atomically
from preimage.measures.space.maps import without_batch_norm
from preimage.networks.merging import Merging
from preimage.networks.network import (
    build,
    complete_options,
    load_state,
    named_weights,
    read_state,
)
from preimage.steps.build_network import verified
from preimage.steps.cli import run, step_parser
from preimage.steps.plans import read_plan


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("check_study", __doc__)
    parser.add_argument("--plan", type=Path, required=True, help="what to check, as above")
    parser.add_argument(
        "--output", type=Path, required=True, help="copy of the plan, written when all is well"
    )
    return parser


def main(args: argparse.Namespace) -> None:
    """Raise UserError for the first thing that cannot be; else write the output."""
    plan = read_plan(args.plan, ("networks", "objectives"), optional=["orders", "spaces", "code"])
    models = {entry["name"]: _model(entry) for entry in plan["networks"]}
    for entry in plan["networks"]:
        _check_size(entry, models[entry["name"]])
    there = Layouts(models)
    for key, check in (
        ("objectives", partial(_check_objective, there=there)),
        ("orders", partial(_check_order, models=models)),
        ("spaces", partial(_check_space, models=models)),
    ):
        for entry in plan.get(key, []):
            try:
                check(entry)
            except UserError as error:
                raise UserError(f"configuration, {entry['where']}: {error}") from error
    with write_atomically(args.output) as beside:
        beside.write_bytes(args.plan.read_bytes())


def _model(entry: Mapping[str, Any]) -> nn.Module:
    """Build a network without storage for its parameters."""
    where = f"configuration, network {entry['name']}"
    named = entry["weights"] if isinstance(entry["weights"], str) else None
    try:
        if named:
            named_weights(entry["architecture"], named)
        options = complete_options(entry["architecture"], entry["size"], entry["options"], named)
        with torch.device("meta"):
            model = build(entry["architecture"], len(entry["categories"]), options=options)
        _check_weights(entry, model)
    except UserError as error:
        raise UserError(f"{where}: {error}") from error
    return model


def _check_weights(entry: Mapping[str, Any], model: nn.Module) -> None:
    """Raise UserError where the user's own file of weights is not that of the network.

    So too where the optimiser that is to change the weights does not take them.
    """
    match entry["weights"]:
        case {"merged": {"optimiser": optimiser}}:
            Merging(optimiser=optimiser).optimiser_for(model)
        case {"file": file, "sha256": sha256}:
            verified(Path(file), sha256, entry["name"])
            with warnings.catch_warnings(action="ignore"):  # that nothing is copied
                load_state(model, read_state(file), file)


def _check_size(entry: Mapping[str, Any], model: nn.Module) -> None:
    """Raise UserError where the network cannot judge pictures of its size."""
    try:
        Extractor(model, [LOGITS], device="meta", name=entry["architecture"]).layouts(entry["size"])
    except UserError as error:
        raise UserError(f"configuration, network {entry['name']}, size: {error}") from error


class Layouts:
    """How layers are laid out; each is found out once, whatever many features are asked of it."""

    def __init__(self, models: Mapping[str, nn.Module]) -> None:
        self._models = models
        self._found: dict[tuple[str, str, int], Layout] = {}

    def check(self, objective: Objective, sides: Sequence[int]) -> None:
        """Raise UserError where there is nothing at an address, of images of any of `sides`."""
        for part in objective.parts:
            for side in [part.side] if part.side else sides:
                layout = self._of(part.network, part.layer, side)
                if isinstance(part, Direction):
                    layout.locate(part)

    def _of(self, network: str, layer: str, side: int) -> Layout:
        key = (network, layer, side)
        if key not in self._found:
            extractor = Extractor(self._models[network], [layer], device="meta", name=network)
            self._found[key] = extractor.layouts(side)[layer]
        return self._found[key]


def _check_objective(entry: Mapping[str, Any], there: Layouts) -> None:
    there.check(Objective.parse(entry["objective"]), entry["sides"])


def _check_order(entry: Mapping[str, Any], models: Mapping[str, nn.Module]) -> None:
    """Raise UserError for layers that do not come in order of execution, which is their depth."""
    places = execution_order(models[entry["network"]])
    for before, layer in pairwise(entry["layers"]):
        if places[layer] < places[before]:
            raise UserError(
                f"layer {layer} of {entry['network']} is listed behind {before}, which runs later: "
                "list layers from the first to the deepest"
            )


def _check_space(entry: Mapping[str, Any], models: Mapping[str, nn.Module]) -> None:
    """Raise UserError for a layer or map that is not there, and for BatchNorms that are not."""
    name, layer = entry["network"], entry["layer"]
    model = models[name]
    if not entry["batch_norm"]:
        model = without_batch_norm(model, layer, name)
    furthest = Objective.parse(f"{name}:{layer}[{max(entry['maps'])}]")
    Layouts({name: model}).check(furthest, [entry["side"]])


if __name__ == "__main__":
    sys.exit(run(main, parser()))
