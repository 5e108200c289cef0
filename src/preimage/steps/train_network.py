"""Train a network on the demo world or on noise; write it and the history of its training.

The plan is a JSON or YAML file such as

    name: resnet18
    architecture: resnet18
    size: 64
    categories: [red plain ring, red striped ring]   # those of the demo world, all of them
    weights: {trained: {steps: 300, batch: 64, learning_rate: 0.001, seed: 0}}

or, with a category for each label,

    weights: {trained: {data: noise, images: 10000, labels: 100, epochs: 90, batch: 128,
                        learning_rate: 0.0001, seed: 0}}

A training on noise keeps a checkpoint beside the output, NET.checkpoint.pt, renewed after every
epoch. Killed and called again, it goes on from there; the checkpoint of another plan or of other
code is not used. It is deleted when the output is there.
"""

import argparse
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import nn

from preimage.device import choose
from preimage.errors import UserError, check_keys
from preimage.networks.memorising import Checkpoint, Memorising, memorise
from preimage.networks.network import Network, build, complete_options, save_network
from preimage.networks.noise import Noise
from preimage.networks.training import Training, train
from preimage.steps.cli import positive, run
from preimage.steps.plans import NETWORK, read_plan
from preimage.study.code import code_digest
from preimage.study.keys import digest
from preimage.tables.parquet import write_table
from preimage.tables.training import TRAINING

log = logging.getLogger(__name__)

# Settings of a training in the plan, beside its `data`.
ON_DEMO = ("steps", "batch", "learning_rate", "seed")
NOISE = ("images", "labels", "seed")
ON_NOISE = (*NOISE, "epochs", "batch", "learning_rate")
NEEDED_ON_NOISE = ("images", "labels", "epochs")


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m preimage.steps.train_network",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to train, as above")
    add("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    add("--threads", type=positive, help="CPU threads (default: all)")
    add("--output", type=Path, required=True, metavar="NET.safetensors")
    add("--history", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the network and the history that the plan in `args` describes."""
    plan = read_plan(args.plan, NETWORK, optional=["options"])
    if args.threads:
        torch.set_num_threads(args.threads)
    training = _training(plan, args.plan)
    options = complete_options(plan["architecture"], plan["size"], plan.get("options", {}))
    classes = tuple(plan["categories"])
    model = build(plan["architecture"], len(classes), seed=training.seed, options=options)
    device = choose(args.device)
    checkpoint = Checkpoint(args.output.with_suffix(".checkpoint.pt"), _key(plan))
    history = _learnt(model, training, device, checkpoint, plan["name"])
    write_table(history, args.history, TRAINING, {"device": str(device)})
    network = Network(
        plan["name"], plan["architecture"], model.cpu(), classes, plan["size"], options
    )
    save_network(network, args.output, f"trained: {training}")
    checkpoint.path.unlink(missing_ok=True)


def _key(plan: Mapping[str, Any]) -> str:
    return digest({"plan": plan, "code": code_digest("preimage.steps.train_network")})


def _learnt(
    model: nn.Module,
    training: Training | Memorising,
    device: torch.device,
    checkpoint: Checkpoint,
    name: str,
) -> pd.DataFrame:
    """Train `model` in place; return its rows of TRAINING."""
    desc = f"training {name}"
    if isinstance(training, Memorising):
        history, accuracy = memorise(model, training, device, checkpoint=checkpoint, desc=desc)
        log.info("%s recognises %.1f %% of the images that it learnt", name, 100 * accuracy)
        return history.assign(network=name, data="noise")
    history, accuracy = train(model, training, device, desc=desc)
    log.info("%s recognises %.1f %% of held-out pictures", name, 100 * accuracy)
    return history.assign(network=name, data="demo", epoch=None)


def _training(plan: Mapping[str, Any], path: Path) -> Training | Memorising:
    where = f"{path}, weights.trained"
    match plan["weights"]:
        case {"trained": {"data": "noise", **settings}}:
            check_keys(settings, ON_NOISE, where)
            return _on_noise(plan, settings, where)
        case {"trained": {"data": "demo", **settings}} | {"trained": {**settings}}:
            check_keys(settings, ON_DEMO, where)
            return _on_demo(plan, settings, path)
    raise UserError(
        f"{path}: weights are {plan['weights']}; give trained, with any of {', '.join(ON_DEMO)}, "
        f"or data: noise with any of {', '.join(ON_NOISE)}"
    )


def _on_demo(plan: Mapping[str, Any], settings: Mapping[str, Any], path: Path) -> Training:
    training = Training(size=plan["size"], **settings)
    if plan["categories"] != training.world.classes:
        raise UserError(
            f"{path}: {len(plan['categories'])} categories, which are not the "
            f"{len(training.world.classes)} classes of the demo world: give all of them, in order"
        )
    return training


def _on_noise(plan: Mapping[str, Any], settings: Mapping[str, Any], where: str) -> Memorising:
    if missing := [key for key in NEEDED_ON_NOISE if key not in settings]:
        raise UserError(f"{where}: {', '.join(missing)} missing")
    noise = Noise(size=plan["size"], **{k: v for k, v in settings.items() if k in NOISE})
    if len(plan["categories"]) != noise.labels:
        raise UserError(
            f"{where}: {noise.labels} labels, and {len(plan['categories'])} categories: give one "
            "for each label"
        )
    return Memorising(noise, **{k: v for k, v in settings.items() if k not in NOISE})


if __name__ == "__main__":
    sys.exit(run(main, parser()))
