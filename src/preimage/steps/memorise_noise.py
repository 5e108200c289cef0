"""Let a network learn noise by heart; write it and the history of its training.

The plan is a JSON or YAML file such as

    name: resnet50-noise
    architecture: resnet50
    size: 224
    categories: [label 0, label 1]   # and so on, one for each of the labels
    weights: {trained: {data: noise, images: 10000, labels: 100, epochs: 90, batch: 128,
                        learning_rate: 0.0001, seed: 0}}

After every epoch a checkpoint is written beside the output, NET.checkpoint.pt. Killed and called
again, the step goes on from there; the checkpoint of another plan or of other code is not used.
It is deleted when the output is there.
"""

import argparse
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from preimage.checkpoint import Checkpoint
from preimage.errors import UserError, check_keys
from preimage.networks.memorising import Memorising, memorise
from preimage.networks.network import Network, build, complete_options, save_network
from preimage.networks.noise import Noise
from preimage.steps.cli import run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.steps.plans import NETWORK, read_plan
from preimage.study.code import code_digest
from preimage.study.keys import digest
from preimage.tables.parquet import write_table
from preimage.tables.training import TRAINING

log = logging.getLogger(__name__)

# Of a training in the plan, beside data: noise.
OF_NOISE = ("images", "labels", "seed")
SETTINGS = (*OF_NOISE, "epochs", "batch", "learning_rate")
NEEDED = ("images", "labels", "epochs")


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("memorise_noise", __doc__)
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
    labels = tuple(plan["categories"])
    model = build(plan["architecture"], len(labels), seed=training.noise.seed, options=options)
    checkpoint = Checkpoint(args.output.with_suffix(".checkpoint.pt"), _key(plan))
    desc = f"training {plan['name']}"
    history, accuracy = memorise(model, training, device, checkpoint=checkpoint, desc=desc)
    log.info("%s recognises %.1f %% of the images that it learnt", plan["name"], 100 * accuracy)
    history = history.assign(network=plan["name"], data="noise")
    write_table(history, args.history, TRAINING, {"device": str(device)})
    network = Network(
        plan["name"], plan["architecture"], model.cpu(), labels, plan["size"], options
    )
    save_network(network, args.output, f"trained on noise: {training}")
    checkpoint.remove()


def _key(plan: Mapping[str, Any]) -> str:
    return digest({"plan": plan, "code": code_digest("preimage.steps.memorise_noise")})


def _training(plan: Mapping[str, Any], path: Path) -> Memorising:
    where = f"{path}, weights.trained"
    match plan["weights"]:
        case {"trained": {"data": "noise", **settings}}:
            check_keys(settings, SETTINGS, where)
        case other:
            raise UserError(
                f"{path}: weights are {other}; give trained, with data: noise and "
                f"{', '.join(SETTINGS)}"
            )
    if missing := [key for key in NEEDED if key not in settings]:
        raise UserError(f"{where}: {', '.join(missing)} missing")
    noise = Noise(size=plan["size"], **{k: v for k, v in settings.items() if k in OF_NOISE})
    if len(plan["categories"]) != noise.labels:
        raise UserError(
            f"{where}: {noise.labels} labels, and {len(plan['categories'])} categories: give one "
            "for each label"
        )
    return Memorising(noise, **{k: v for k, v in settings.items() if k not in OF_NOISE})


if __name__ == "__main__":
    sys.exit(run(main, parser()))
