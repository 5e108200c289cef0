"""Descents on the inputs of fully connected networks."""

import logging
from typing import Annotated, Any, Literal

import msgspec
import pandas as pd
import torch
from msgspec import Meta
from torch import Tensor

from preimage.checkpoint import Checkpoint, State
from preimage.mlp.descent import Route, Schedule, descend
from preimage.mlp.inputs import curve_name, save_inputs
from preimage.mlp.limits import shifts, unseen
from preimage.mlp.networks import Initial, Networks, Relu, photo_vector, start_noise
from preimage.photos import open_photo
from preimage.plans import Plan, Seed
from preimage.progress import progress
from preimage.status import OK
from preimage.steps.computing import KeptBeside, Machine
from preimage.steps.engine import step
from preimage.steps.mlps import photo_identity
from preimage.steps.reading import NEW_TENSORS
from preimage.study.code import step_digest
from preimage.tables.mlps import MLPS

log = logging.getLogger(__name__)

PRECISIONS = {"float32": torch.float32, "float64": torch.float64}
_OF_SEED = ("lost", "floor", "shift", "m_r", "zeroed")
_Count = Annotated[int, Meta(ge=1)]


class Curve(Plan):
    """The neurons of each layer, a name for these, and the steps of the descents."""

    shape: str
    widths: Annotated[list[_Count], Meta(min_length=1)]
    iterations: _Count

    @property
    def name(self) -> str:
        """What it is called."""
        return curve_name(self.shape, self.iterations)


class Experiment(Plan):
    """The plan is such as

    name: widths            # the experiment, and its code
    code: E2
    photos: [{name: chelsea, shipped: chelsea}] # or file: mine.jpg; one for each seed
    side: 29                # the photo is squashed to 29 x 29
    relu: never             # or between (not behind the last layer), or always
    lr: [0.1, 0.0001]       # falls in a line
    scale: 0.35             # of the L1 distance in the loss
    seeds: [1]              # of weights and start noise
    initial: linear         # how weights are drawn
    normalised: false       # whether all steps are of one length
    precision: float32      # or float64
    curves:
      - {shape: 3000x2, widths: [3000, 3000], iterations: 10000}    # shape: a name for the widths
    """

    name: str
    code: str
    photos: list[dict[str, str]]
    side: _Count
    relu: Relu
    lr: tuple[float, float]
    scale: float
    seeds: Annotated[list[Seed], Meta(min_length=1)]
    precision: Literal["float32", "float64"]
    initial: Initial
    normalised: bool
    curves: Annotated[list[Curve], Meta(min_length=1)]

    @property
    def dtype(self) -> torch.dtype:
        """The type of numbers to compute with."""
        return PRECISIONS[self.precision]


_BESIDE = KeptBeside("curves")


@step(curves=MLPS)
def descend_mlps(
    plan: Experiment, machine: Machine, kept: _BESIDE, inputs: NEW_TENSORS
) -> pd.DataFrame:
    """Descend on the inputs of fully connected networks, for all seeds of a shape at once.

    Writes what was measured along the way and, as pictures, the last inputs. Each curve that is
    finished is kept in a folder beside the table, and each minute or so the state of one that is
    not: the same command goes on from there. A curve that the plan or the code now decides
    otherwise is done anew.
    """
    targets = torch.stack([photo_vector(open_photo(photo), plan.side) for photo in plan.photos])
    shared = _shared(plan)
    found = {
        curve.name: kept.piece(
            curve.name,
            shared | {"curve": msgspec.to_builtins(curve)},
            lambda checkpoint, curve=curve: _descend(plan, curve, targets, machine, checkpoint),
        )
        for curve in plan.curves
    }
    square = (3, plan.side, plan.side)
    images = {n: f["inputs"].float().unflatten(1, square).numpy() for n, f in found.items()}
    photo = targets[0].unflatten(0, square).numpy()
    save_inputs(inputs, photo, images, msgspec.to_builtins(plan))
    kept.forget_others()
    inputs_of_each = targets.shape[1]
    return pd.concat(_rows(plan, curve, inputs_of_each, found[curve.name]) for curve in plan.curves)


def _shared(plan: Experiment) -> dict[str, Any]:
    """Return what decides all curves; names do not."""
    decisive = ("side", "relu", "lr", "scale", "seeds", "precision", "initial", "normalised")
    return {
        "code": step_digest("descend_mlps"),
        "photos": [*map(photo_identity, plan.photos)],
        **{key: getattr(plan, key) for key in decisive},
    }


def _descend(
    plan: Experiment, curve: Curve, targets: Tensor, machine: Machine, checkpoint: Checkpoint
) -> State:
    inputs = targets.shape[1]
    options = {"relu": plan.relu, "initial": plan.initial, "dtype": plan.dtype}
    networks = Networks.draw(inputs, curve.widths, plan.seeds, **options)
    starts = start_noise(inputs, plan.seeds)
    route = Route.cheapest(networks, curve.iterations)
    log.info("%s: %s", curve.name, route)
    with progress(curve.iterations, f"{plan.name} {curve.shape}", unit="step") as bar:
        found = descend(
            networks,
            targets,
            starts,
            Schedule(curve.iterations, plan.lr, plan.scale, plan.normalised),
            route=route,
            device=machine.device,
            checkpoint=checkpoint,
            callback=lambda done: bar.update(done - bar.n),
        )
    lost, floor = unseen(networks, starts - targets)
    shift, m_r = shifts(networks, targets, plan.seeds)
    limits = {"lost": lost, "floor": floor, "shift": shift, "m_r": m_r}
    return vars(found) | limits | {"zeroed": networks.zeroed(targets.to(plan.dtype))}


def _rows(plan: Experiment, curve: Curve, inputs: int, found: State) -> pd.DataFrame:
    same = {
        "code": plan.code,
        "experiment": plan.name,
        "inputs": inputs,
        "depth": len(curve.widths),
        "width": min(curve.widths),
        "last_width": curve.widths[-1],
        "relu": plan.relu,
        "initial": plan.initial,
        "steps": "length" if plan.normalised else "lr",
        "lr_end": plan.lr[1],
        "shape": curve.shape,
        "iterations": curve.iterations,
        "precision": plan.precision,
    }
    for seed, status in zip(plan.seeds, found["status"], strict=True):
        if status != OK:
            log.warning("%s, %s, seed %s: %s", plan.name, curve.name, seed, status)
    return pd.concat(
        pd.DataFrame(
            {
                **same,
                "photo": plan.photos[s]["name"],
                "seed": seed,
                "iteration": found["moments"],
                **{key: found[key][:, s].numpy() for key in ("m_i", "m_g", "loss", "aim")},
                **{key: found[key][s].item() for key in _OF_SEED},
                "status": found["status"][s],
            }
        )
        for s, seed in enumerate(plan.seeds)
    )
