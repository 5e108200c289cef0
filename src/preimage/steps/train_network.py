"""Train a network on the demo world; write it and the history of its training.

The plan is a JSON or YAML file such as

    name: resnet18
    architecture: resnet18
    size: 48
    categories: [red plain ring, red striped ring]   # those of the demo world, all of them
    weights: {trained: {steps: 200, batch: 32, learning_rate: 0.001, seed: 0}}
"""

import argparse
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from preimage.errors import UserError, check_keys
from preimage.networks.demo_training import Training, train
from preimage.networks.network import Network, build, complete_options, save_network
from preimage.steps.cli import run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.steps.plans import NETWORK, read_plan
from preimage.tables.parquet import write_table
from preimage.tables.training import TRAINING

log = logging.getLogger(__name__)

# Of a training in the plan, beside data: demo, which may be left out.
SETTINGS = ("steps", "batch", "learning_rate", "seed")


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("train_network", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to train, as above")
    add_machine(parser)
    add("--output", type=Path, required=True, metavar="NET.safetensors")
    add("--history", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the network and the history that the plan in `args` describes."""
    plan = read_plan(args.plan, NETWORK, optional=["options"])
    device = machine(args)
    training = _training(plan, args.plan)
    options = complete_options(plan["architecture"], plan["size"], plan.get("options", {}))
    classes = tuple(plan["categories"])
    model = build(plan["architecture"], len(classes), seed=training.seed, options=options)
    history, accuracy = train(model, training, device, desc=f"training {plan['name']}")
    log.info("%s recognises %.1f %% of held-out pictures", plan["name"], 100 * accuracy)
    _write(plan, history, args, device)
    network = Network(
        plan["name"], plan["architecture"], model.cpu(), classes, plan["size"], options
    )
    save_network(network, args.output, f"trained on the demo world: {training}")


def _training(plan: Mapping[str, Any], path: Path) -> Training:
    match plan["weights"]:
        case {"trained": {"data": "demo", **settings}} | {"trained": {**settings}}:
            check_keys(settings, SETTINGS, f"{path}, weights.trained")
        case other:
            raise UserError(
                f"{path}: weights are {other}; give trained, with any of {', '.join(SETTINGS)}"
            )
    training = Training(size=plan["size"], **settings)
    if plan["categories"] != training.world.classes:
        raise UserError(
            f"{path}: {len(plan['categories'])} categories, which are not the "
            f"{len(training.world.classes)} classes of the demo world: give all of them, in order"
        )
    return training


def _write(
    plan: dict[str, object], history: pd.DataFrame, args: argparse.Namespace, device: torch.device
) -> None:
    history = history.assign(network=plan["name"], data="demo", epoch=None)
    write_table(history, args.history, TRAINING, {"device": str(device)})


if __name__ == "__main__":
    sys.exit(run(main, parser()))
