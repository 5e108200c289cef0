"""Square linear layers: exact inversion, and the geometry of all layers as one map."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Annotated, Any

import pandas as pd
from msgspec import Meta
from torch import Tensor

from preimage.checkpoint import State
from preimage.mlp.geometry import SMALL, conditions, directions, small_photo
from preimage.mlp.inversion import measured, planned, points
from preimage.mlp.networks import Initial, photo_vector
from preimage.photos import open_photo
from preimage.plans import Plan, Seed
from preimage.progress import progress
from preimage.steps.computing import KeptBeside, Machine
from preimage.steps.engine import step
from preimage.steps.mlps import photo_identity
from preimage.study.code import step_digest
from preimage.tables.inversions import CONDITIONS, DIRECTIONS, INVERSIONS

TABLES = (INVERSIONS, CONDITIONS, DIRECTIONS)
_Count = Annotated[int, Meta(ge=1)]


class Inversion(Plan):
    """The plan is such as

    inversion: inverse      # its name in the configuration
    photos: [{name: cat, file: cat.jpg}]        # one for each seed
    side: 29                # the photo is squashed to 3 * 29 * 29 inputs
    layers: [1, 2, 3, 4]
    seeds: [1]              # of the networks and of all noise
    samples: 500            # of each kind of point
    noise: 0.001            # standard deviation of the noise on outputs
    descent_steps: 220
    initial: linear         # how weights are drawn

    There is a network for each number of layers and each seed.
    """

    inversion: str
    photos: list[dict[str, str]]
    side: _Count
    layers: Annotated[list[_Count], Meta(min_length=1)]
    seeds: Annotated[list[Seed], Meta(min_length=1)]
    samples: _Count
    noise: float
    descent_steps: _Count
    initial: Initial


_BESIDE = KeptBeside("inversions")


@step(inversions=INVERSIONS, conditions=CONDITIONS, directions=DIRECTIONS)
def invert_mlps(
    plan: Inversion, machine: Machine, kept: _BESIDE
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Invert square linear layers exactly, and look at the geometry of the composed map.

    Each network that is finished is kept in a folder beside the first table, so that the same
    command goes on from there, and one with a seed more inverts that alone.
    """
    photos = {
        seed: [each.to(machine.device) for each in _sizes(photo, plan.side)]
        for seed, photo in zip(plan.seeds, plan.photos, strict=True)
    }
    digests = {
        seed: photo_identity(photo) for seed, photo in zip(plan.seeds, plan.photos, strict=True)
    }
    names = {s: p["name"] for s, p in zip(plan.seeds, plan.photos, strict=True)}
    shared = _shared(plan)
    found = []
    for layers, seed in progress([*product(plan.layers, plan.seeds)], plan.inversion, "network"):
        part = {"layers": layers, "seed": seed, "initial": plan.initial}
        decided = shared | part | {"photo": digests[seed]}
        tables = kept.piece(
            f"{layers}.{seed}", decided, lambda _, p=decided: _invert(p, photos[p["seed"]])
        )
        about = part | {"inversion": plan.inversion, "photo": names[seed]}
        found.append([_told(table.names, tables[table.name], about) for table in TABLES])
    kept.forget_others()
    return tuple(pd.concat(frames) for frames in zip(*found, strict=True))


def _sizes(photo: Mapping[str, str], side: int) -> list[Tensor]:
    """Return a photo as the vectors of small networks, and of `side` pixels each way, float64."""
    picture = open_photo(photo)
    return [*(small_photo(picture, n) for n in SMALL), photo_vector(picture, side).double()]


def _shared(plan: Inversion) -> dict[str, Any]:
    """Return what decides all networks; names do not."""
    return {
        "code": step_digest("invert_mlps"),
        **{key: getattr(plan, key) for key in ("side", "samples", "noise", "descent_steps")},
    }


def _invert(part: Mapping[str, Any], photos: Sequence[Tensor]) -> State:
    """Return the columns of each table for one network and its small ones."""
    found = [directions(part, photo).assign(code="E6", inputs=len(photo)) for photo in photos]
    maps = [_conditions(part, *both) for both in zip(photos, found, strict=True)]
    frames = (_points(part, photos[-1]), pd.concat(maps), pd.concat(found))
    return {t.name: frame.to_dict("list") for t, frame in zip(TABLES, frames, strict=True)}


def _points(part: Mapping[str, Any], photo: Tensor) -> pd.DataFrame:
    network = planned(part, len(photo)).to(photo.device)
    rows = (measured(network, photo, found).assign(**about) for about, found in points(part, photo))
    numbered = [frame.assign(sample=range(len(frame))) for frame in rows]
    return pd.concat(numbered).assign(inputs=len(photo))


def _conditions(part: Mapping[str, Any], photo: Tensor, found: pd.DataFrame) -> pd.DataFrame:
    network = planned(part, len(photo)).to(photo.device)
    composed = found.singular_value.to_numpy()
    return conditions(network, composed).assign(code="E7", inputs=len(photo))


def _told(
    columns: Sequence[str], table: Mapping[str, list], about: Mapping[str, Any]
) -> pd.DataFrame:
    """Return a table with those columns that say of which network it is."""
    return pd.DataFrame({**table, **{key: about[key] for key in columns if key in about}})
