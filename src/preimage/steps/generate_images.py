"""Descend on inputs for one block of items."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from preimage.blocks import frame_of, read_image
from preimage.checkpoint import Checkpoint
from preimage.descent.descend import Preimage, Step, descend
from preimage.descent.frames import Frames
from preimage.descent.objective import Objective
from preimage.descent.recipe import Recipe
from preimage.descent.verdict import hint
from preimage.device import warn_if_slow
from preimage.errors import UserError
from preimage.files import write_atomically
from preimage.networks.network import load_network
from preimage.photos import open_photo
from preimage.plans import Plan, Seed
from preimage.progress import progress
from preimage.steps.computing import Machine
from preimage.steps.engine import sha256, step
from preimage.steps.reading import NEW_TENSORS
from preimage.study.code import step_digest
from preimage.study.keys import digest
from preimage.study.modules import source_digest
from preimage.tables.images import ITEMS, TRACE

log = logging.getLogger(__name__)

SECONDS = 120.0  # between two checkpoints
TRACE_POINTS = 200  # about as many iterations of each item are kept in the trace


class Item(Plan):
    """A picture: what it is called and asked for, in which layer, from which seed."""

    item: str
    target: str
    objective: str
    layer: str
    seed: Seed
    classes: list[int] = msgspec.field(default_factory=list)
    frame: int | None = None
    photo: str | None = None
    picture: str | None = None


class Place(Plan):
    """Where a picture of another block is: its file, and its number in it."""

    file: str
    place: int


class Block(Plan):
    """A block of items, such as

        set: class_images            # what the pictures belong to, and the code of the experiment
        code: A3
        network: resnet18            # name of the generating network
        recipe: {name: quick, octaves: [{size: 64, iterations: 100, lr: 1.0, sigma: [1.0, 0.4]}]}
        items:
          - {item: "007", target: tench, objective: "resnet18:logits[7]", layer: logits,
             classes: [7], seed: 999}

    where an objective may address any network that is given with --networks, by the name of its
    file. Photos that the recipe starts from, or that are matched, are in it too: photos:
    {dalmatian: {file: dalmatian.jpg}}; so are pictures of other blocks: pictures: {NAME: {file:
    BLOCK.safetensors, place: 3}}. With frames: 100 each item gives that many pictures, evenly
    spread over its descent, the last of them its result, all at the last octave's size.
    """

    set: str
    code: str
    network: str
    recipe: dict[str, Any]
    items: Annotated[list[Item], msgspec.Meta(min_length=1)]
    photos: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    pictures: dict[str, Place] = msgspec.field(default_factory=dict)
    frames: int | None = None


@step(trace=TRACE, item_table=ITEMS)
def generate_images(
    plan: Block, networks: list[Path], machine: Machine, images: NEW_TENSORS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Descend on inputs for one block of items; write images, item table and traces.

    Work that lasts writes a checkpoint beside the images every few minutes,
    BLOCK.checkpoint.safetensors. Killed and called again, the step goes on from there, and gives
    what it would have given; the checkpoint of another plan, batch, of other code, networks, photos
    or pictures is not used. It is deleted when all is done.
    """
    recipe = Recipe.read(plan.recipe, f"{plan.set} of {plan.network}, recipe")
    warn_if_slow(recipe.precision, machine.device)
    loaded = (load_network(path, modules=machine.modules) for path in networks)
    models = {network.name: network.model for network in loaded}
    if len(models) < len(networks):
        raise UserError("two of the networks have the same name: each is named by its file")
    pictures = {name: open_photo(photo) for name, photo in plan.photos.items()}
    pictures |= {name: _picture(place) for name, place in plan.pictures.items()}
    key = _key(plan, networks, pictures, machine)
    checkpoint = Checkpoint(images.with_suffix(".checkpoint.safetensors"), key, SECONDS)
    found, frames = _descend(
        plan, recipe, models, pictures=pictures, machine=machine, checkpoint=checkpoint
    )
    rows = [_row(plan, recipe, item, p) for item, p in zip(plan.items, found, strict=True)]
    for row, preimage in zip(rows, found, strict=True):
        _report(row, preimage, models)
    trace = pd.concat(map(_trace, rows, found))
    pictures = [preimage.image for preimage in found]
    if frames:
        pictures = [image for i in range(len(found)) for image in frames.of(i)]
        pairs = zip(rows, found, strict=True)
        rows = [frame for row, preimage in pairs for frame in _frames(row, preimage, frames)]
    del found, frames  # which would keep the pictures that are let go below
    _save_images(images, pictures, rows)
    checkpoint.remove()
    return trace, pd.DataFrame(rows)


def _key(
    plan: Block, networks: Sequence[Path], pictures: Mapping[str, Tensor], machine: Machine
) -> str:
    """Return a digest of all that decides how the block is descended on."""
    seen = {
        name: hashlib.sha256(picture.contiguous().numpy()).hexdigest()
        for name, picture in pictures.items()
    }
    return digest(
        {
            "plan": plan.data(),
            "code": step_digest("generate_images"),
            "networks": [sha256(path) for path in networks],
            "modules": {module: source_digest(module) for module in machine.modules},
            "pictures": seen,
            "batch": machine.batch,
        }
    )


def _descend(
    plan: Block,
    recipe: Recipe,
    networks: Mapping[str, nn.Module],
    *,
    pictures: Mapping[str, Tensor],
    machine: Machine,
    checkpoint: Checkpoint,
) -> tuple[list[Preimage], Frames | None]:
    title, total = f"{plan.set} of {plan.network}", len(plan.items) * recipe.iterations
    saved = checkpoint.load() or {"descents": None, "frames": {}, "taken": 0}
    if saved["taken"]:
        log.info("%s goes on after %d of %d image-steps", title, saved["taken"], total)
    frames = Frames(plan.frames, recipe, saved["frames"]) if plan.frames else None
    with progress(total, title, unit="image-step", done=saved["taken"]) as bar:

        def told(step: Step) -> None:
            bar.update(len(step.items))
            if frames:
                frames(step)
            if checkpoint.is_due():
                kept = frames.kept if frames else {}
                checkpoint.save({"descents": step.state(), "frames": kept, "taken": bar.n})

        found = descend(
            [Objective.parse(item.objective) for item in plan.items],
            recipe,
            networks,
            seeds=[item.seed for item in plan.items],
            pictures=pictures,
            batch=machine.batch,
            fill=False,
            device=machine.device,
            callback=told,
            state=saved["descents"],
        )
    return found, frames


def _picture(at: Place) -> Tensor:
    """Return one picture [3, S, S] of another block."""
    return torch.from_numpy(read_image(at.file, at.place))


def _row(plan: Block, recipe: Recipe, item: Item, preimage: Preimage) -> dict[str, Any]:
    classes = [*item.classes, None, None]
    return {
        "code": plan.code,
        "set": plan.set,
        "network": plan.network,
        "layer": item.layer,
        "item": item.item,
        "target": item.target,
        "class_a": classes[0],
        "class_b": classes[1],
        "frame": item.frame,
        "objective": str(preimage.objective),
        "recipe": plan.recipe.get("name", ""),
        "recipe_digest": recipe.digest,
        "precision": recipe.precision,
        "seed": preimage.seed,
        "size": preimage.image.shape[-1],
        "iterations": recipe.iterations,
        "loss_start": preimage.loss[0].item(),
        "loss_end": preimage.loss[-1].item(),
        "gradient_end": preimage.gradient[-1].item(),
        "status": preimage.status,
        "batch": preimage.batch,
        "seconds": preimage.seconds,
    }


def _frames(row: Mapping[str, Any], preimage: Preimage, frames: Frames) -> list[dict[str, Any]]:
    """Return a row for each picture of a descent: what was true of it then."""
    return [
        {
            **row,
            "item": frame_of(row["item"], number),
            "frame": number,
            "iterations": done,
            "loss_end": preimage.loss[done - 1].item(),
            "gradient_end": preimage.gradient[done - 1].item(),
            "seconds": row["seconds"] / len(frames.steps),
        }
        for number, done in enumerate(frames.steps)
    ]


def _report(row: Mapping[str, Any], preimage: Preimage, networks: Mapping[str, nn.Module]) -> None:
    if preimage.status != "ok":
        advice = hint(preimage.status, preimage.objective, networks)
        log.warning("%s, seed %s: %s. %s", row["objective"], row["seed"], row["status"], advice)


def _trace(row: Mapping[str, Any], preimage: Preimage) -> pd.DataFrame:
    kept = _kept(len(preimage.loss))
    return pd.DataFrame(
        {
            **{key: row[key] for key in ("set", "network", "item", "seed")},
            "iteration": kept,
            "loss": preimage.loss[kept].numpy(),
            "gradient": preimage.gradient[kept].numpy(),
            "m_g": preimage.m_g[kept].numpy(),
            "m_i": preimage.m_i[kept].numpy(),
        }
    )


def _kept(iterations: int) -> list[int]:
    """Return the iterations to keep: evenly spread, and denser where descents begin."""
    last = iterations - 1
    even = np.linspace(0, last, TRACE_POINTS)
    early = np.geomspace(1, max(1, last), TRACE_POINTS // 4)
    return np.unique(np.concatenate([even, early]).round().astype(int).clip(0, last)).tolist()


def _save_images(path: Path, images: list[Tensor], rows: Sequence[Mapping[str, Any]]) -> None:
    """Save the pictures, and empty their list: a block of them can be half a gigabyte."""
    keys = ("network", "layer", "objective", "target", "recipe", "recipe_digest", "seed")
    address = json.dumps([{key: row[key] for key in keys} for row in rows])
    stacked = torch.stack(images).float()
    images.clear()
    with write_atomically(path) as beside:
        save_file({"images": stacked}, beside, {"address": address})
