"""What no machine can do, though each of its numbers is one that can be meant. No torch.

This is no estimate of hours and memory: only what is beyond a large machine of today is refused.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from preimage.batches import AUTO
from preimage.errors import UserError
from preimage.study.checks.names import recipe_named
from preimage.study.inversions import DEFAULTS as OF_INVERSIONS
from preimage.study.kinds import ImageSet
from preimage.study.mlps import DEFAULTS as OF_MLPS
from preimage.study.mlps import shape_name, shapes

Config = Mapping[str, Any]
Entry = Mapping[str, Any]

MOST_BYTES = 2**38
"""Of what one job holds at once: 256 GiB."""
MOST_PIXEL_STEPS = 10**17
"""Of a run, pixels times steps. A ResNet-50 costs some 5 x 10^5 operations for each forwards and
backwards, and a GPU does some 3 x 10^14 a second: this takes it five years."""
_PIXEL = 12  # bytes of three colours in float32


def check_sizes(config: Config, sets: Mapping[str, ImageSet]) -> None:
    """Raise UserError for products of a checked configuration's numbers that are out of reach."""
    for i, one in enumerate(sets.values()):
        for network in one.runs:
            _check_run(one, network, config, f"image_sets[{i}] ({one.name})")
    for i, entry in enumerate(config["mlps"]):
        _check_mlps(OF_MLPS | dict(entry), f"mlps[{i}] ({entry['name']})")
    for i, entry in enumerate(config["inversions"]):
        _check_inversion(OF_INVERSIONS | dict(entry), f"inversions[{i}] ({entry['name']})")
    _check_sheet(config["figures"])


def _check_run(one: ImageSet, network: str, config: Config, where: str) -> None:
    recipe = recipe_named(one.runs[network].recipe, config)
    descents = _descents(one, network)
    steps = sum(octave.iterations * octave.side**2 for octave in recipe.octaves)
    if descents * steps > MOST_PIXEL_STEPS:
        raise UserError(
            f"configuration, {where}: {descents:,} descents of {recipe.iterations:,} steps at up "
            f"to {max(o.side for o in recipe.octaves):,} pixels a side would take {network} years "
            "on a GPU: give fewer targets, seeds or iterations, or smaller octaves"
        )
    frames = 1 if one.template.moves or not one.frames else one.frames
    pictures = min(max(config["block"], frames), descents * frames)
    _check_bytes(
        pictures * max(octave.size for octave in recipe.octaves) ** 2 * _PIXEL,
        f"{where}: {pictures:,} pictures of recipe {one.runs[network].recipe} in one job",
        "block or frames, or the size of octaves",
    )
    batch = 1 if config["batch"] == AUTO else config["batch"]
    _check_bytes(
        batch * max(octave.side for octave in recipe.octaves) ** 2 * _PIXEL,
        f"{where}: batch {batch:,} of recipe {one.runs[network].recipe}",
        "batch, or the size of octaves",
    )


def _descents(one: ImageSet, network: str) -> int:
    places = sum(1 for _ in one.places(one.runs[network]))
    return places * len(one.seeds) * (one.frames if one.template.moves else 1)


def _check_mlps(entry: Entry, where: str) -> None:
    for widths in shapes(entry):
        weights = sum(n * m for n, m in pairwise([3 * entry["side"] ** 2, *widths]))
        size = 8 if entry["precision"] == "float64" else 4
        seeds = len(entry["seeds"])
        named = f"{where}: {seeds} networks of {3 * entry['side'] ** 2:,} inputs and the layers "
        named += shape_name(widths)
        _check_bytes(weights * size * seeds, named, "side, widths or seeds")


def _check_inversion(entry: Entry, where: str) -> None:
    inputs = 3 * entry["side"] ** 2
    said = f"{where}: {max(entry['layers'])} layers of {inputs:,} x {inputs:,} in float64"
    _check_bytes(max(entry["layers"]) * inputs**2 * 8, said, "side or layers")
    said = f"{where}: {entry['samples']:,} samples of {inputs:,} inputs in float64"
    _check_bytes(entry["samples"] * inputs * 8, said, "side or samples")


def _check_sheet(figures: Entry) -> None:
    most, tile = figures.get("most", 0), figures.get("tile", 0)
    said = f"figures: a sheet of {most:,} tiles of {tile:,} x {tile:,} pixels"
    if most * tile**2 > 2**31:
        raise UserError(
            f"configuration, {said} is no picture that can be opened: lower most or tile"
        )


def _check_bytes(count: int, what: str, lower: str) -> None:
    if count > MOST_BYTES:
        raise UserError(
            f"configuration, {what} need {count / 2**30:,.0f} GiB at once, more than a machine "
            f"has: lower {lower}"
        )
