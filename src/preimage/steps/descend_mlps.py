"""Descend on the inputs of fully connected networks of one shape, for all seeds at once.

Writes what was measured along the way, and the last inputs as pictures. The plan is such as

    name: widths            # the experiment, and its code
    code: E2
    photo: {name: chelsea, shipped: chelsea}    # or file: mine.jpg
    side: 29                # the photo is squashed to 29 x 29
    shape: 3000x2           # a name for the widths
    widths: [3000, 3000]
    relu: never             # or between (not behind the last layer), or always
    iterations: 10000
    lr: [0.1, 0.0001]       # falls in a line
    scale: 0.35             # of the L1 distance in the loss
    seeds: [1, 2, 3]        # of weights and start noise
    precision: float32      # or float64

A long descent keeps its state in OUT.checkpoint.pt beside its table, at most every minute. The
same command goes on from there, unless the plan or the code has changed since, and deletes it at
the end.
"""

import argparse
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import save_file

from preimage.checkpoint import Checkpoint
from preimage.errors import UserError
from preimage.files import write_atomically
from preimage.mlp.descent import Descent, Route, Schedule, descend
from preimage.mlp.networks import RELU, Networks, photo_vector, start_noise
from preimage.photos import open_photo
from preimage.progress import progress
from preimage.status import OK
from preimage.steps.cli import run, step_parser
from preimage.steps.computing import add_machine, machine
from preimage.steps.plans import read_plan
from preimage.study.code import code_digest
from preimage.study.keys import digest
from preimage.tables.mlps import MLPS
from preimage.tables.parquet import write_table

log = logging.getLogger(__name__)

KEYS = ("name", "code", "photo", "side", "shape", "widths", "relu", "iterations", "lr", "scale")
KEYS += ("seeds", "precision")
PRECISIONS = {"float32": torch.float32, "float64": torch.float64}


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("descend_mlps", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to descend on, as above")
    add_machine(parser)
    add("--curve", type=Path, required=True, metavar="OUT.parquet")
    add("--inputs", type=Path, required=True, metavar="OUT.safetensors")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write both files of the curve that the plan in `args` describes."""
    plan = read_plan(args.plan, KEYS)
    _check(plan, args.plan)
    device = machine(args)
    target = photo_vector(open_photo(plan["photo"]), plan["side"])
    dtype = PRECISIONS[plan["precision"]]
    networks = Networks.draw(
        len(target), plan["widths"], plan["seeds"], relu=plan["relu"], dtype=dtype
    )
    made_by = {"plan": plan, "code": code_digest("preimage.steps.descend_mlps")}
    checkpoint = Checkpoint(args.curve.with_suffix(".checkpoint.pt"), digest(made_by))
    found = _descend(plan, networks, target, device, checkpoint)
    for seed, status in zip(plan["seeds"], found.status, strict=True):
        if status != OK:
            log.warning("%s, %s, seed %s: %s", plan["name"], plan["shape"], seed, status)
    _save_inputs(args.inputs, found.inputs, target, plan)
    zeroed = networks.zeroed(target.to(dtype)).tolist()
    about = {"device": str(device), "plan": json.dumps(plan)}
    write_table(_rows(plan, len(target), found, zeroed), args.curve, MLPS, about)
    checkpoint.remove()


def _check(plan: Mapping[str, Any], path: Path) -> None:
    for key, known in (("relu", RELU), ("precision", tuple(PRECISIONS))):
        if plan[key] not in known:
            raise UserError(f"{path}: {key} is {plan[key]!r}, give one of {', '.join(known)}")
    for key in ("widths", "seeds"):
        if not isinstance(plan[key], list) or not plan[key]:
            raise UserError(f"{path}: {key} are {plan[key]!r}, give a list of one or more")


def _descend(
    plan: Mapping[str, Any],
    networks: Networks,
    target: torch.Tensor,
    device: torch.device,
    checkpoint: Checkpoint,
) -> Descent:
    iterations, seeds = plan["iterations"], plan["seeds"]
    route = Route.cheapest(networks, iterations)
    log.info("%s", route)
    with progress(iterations, f"{plan['name']} {plan['shape']}", unit="step") as bar:
        return descend(
            networks,
            target,
            start_noise(len(target), seeds),
            Schedule(iterations, tuple(plan["lr"]), plan["scale"]),
            route=route,
            device=device,
            checkpoint=checkpoint,
            callback=lambda done: bar.update(done - bar.n),
        )


def _rows(
    plan: Mapping[str, Any], inputs: int, found: Descent, zeroed: list[float]
) -> pd.DataFrame:
    same = {
        "code": plan["code"],
        "experiment": plan["name"],
        "photo": plan["photo"]["name"],
        "inputs": inputs,
        "depth": len(plan["widths"]),
        "width": min(plan["widths"]),
        **{key: plan[key] for key in ("relu", "shape", "iterations", "precision")},
    }
    return pd.concat(
        pd.DataFrame(
            {
                **same,
                "seed": seed,
                "iteration": found.moments,
                "m_i": found.m_i[:, s].numpy(),
                "m_g": found.m_g[:, s].numpy(),
                "loss": found.loss[:, s].numpy(),
                "zeroed": zeroed[s],
                "status": found.status[s],
            }
        )
        for s, seed in enumerate(plan["seeds"])
    )


def _save_inputs(
    path: Path, inputs: torch.Tensor, target: torch.Tensor, plan: Mapping[str, Any]
) -> None:
    """Write the inputs [S, n] as pictures [S, 3, side, side], RGB, not clipped, and the photo."""
    square = (3, plan["side"], plan["side"])
    pictures = {"images": inputs.float().unflatten(1, square), "photo": target.unflatten(0, square)}
    with write_atomically(path) as beside:
        save_file(pictures, beside, {"address": json.dumps(plan)})


if __name__ == "__main__":
    sys.exit(run(main, parser()))
