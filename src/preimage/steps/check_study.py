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
from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import nn

from preimage.descent.layers import Extractor, execution_order
from preimage.descent.objective import LOGITS, Objective
from preimage.errors import UserError
from preimage.files import write_atomically
from preimage.measures.space.axes import without_batch_norm
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
    extractor_of = cache(partial(_extractor, models))  # many features are of one layer
    for key, check in (
        ("objectives", partial(_check_objective, extractor_of=extractor_of)),
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


def _extractor(models: Mapping[str, nn.Module], network: str, layer: str) -> Extractor:
    return Extractor(models[network], [layer], device="meta", name=network)


def _check_objective(
    entry: Mapping[str, Any], extractor_of: Callable[[str, str], Extractor]
) -> None:
    for part in Objective.parse(entry["objective"]).parts:
        extractor_of(part.network, part.layer).check([part], entry["sides"])


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
    _extractor({name: model}, name, layer).check(furthest.parts, [entry["side"]])


if __name__ == "__main__":
    sys.exit(run(main, parser()))
