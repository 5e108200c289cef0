"""How many images a network sees at once where the batch is `auto`, by what one of them takes.

That is counted on one image, which is computed for it: least of all beside what a descent takes.
"""

from collections.abc import Callable, Mapping
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from preimage.batches import Room, evenly
from preimage.descent.layers import Extractor
from preimage.descent.objective import Objective
from preimage.descent.recipe import Octave, Recipe
from preimage.descent.value import Value
from preimage.operations import Operations, counted
from preimage.precision import image_dtype

_COPIES = 4  # of an image: gradients, waves, what an optimiser remembers
_COLOURS = 3

_READ: WeakKeyDictionary[Callable, dict[int, Operations]] = WeakKeyDictionary()


def largest(recipe: Recipe) -> Octave:
    """Return the octave in which a network sees most pixels."""
    return max(recipe.octaves, key=lambda octave: octave.side)


def descended(recipe: Recipe, step: Operations, count: int, room: Room) -> int:
    """Return how many of `count` images to descend on at once.

    step: what a step of an image takes in the largest octave.
    """
    return evenly(count, room.images(step.flops, held(recipe, step)))


def held(recipe: Recipe, step: Operations) -> float:
    """Return the bytes that an image needs between two steps and for its gradient."""
    pixels = max(octave.size for octave in recipe.octaves) ** 2
    return step.held + _COPIES * _COLOURS * pixels * image_dtype(recipe.precision).itemsize


def step_of(
    objective: Objective,
    recipe: Recipe,
    extractors: Mapping[str, Extractor],
    pictures: Mapping[str, Tensor],
    device: str | torch.device,
) -> Operations:
    """Return what a step of an image takes in the largest octave."""
    side, dtype = largest(recipe).side, image_dtype(recipe.precision)
    value = Value([objective], extractors, pictures, side)
    grey = torch.full((1, _COLOURS, side, side), 0.5, device=device, dtype=dtype)
    leaf = grey.contiguous(memory_format=torch.channels_last).requires_grad_()
    with torch.no_grad():
        value(leaf)  # for a network that has to wake is not counted
    return counted(lambda: value(leaf).value.sum().backward())


def reading_of(
    model: Callable[[Tensor], Tensor], side: int, device: str | torch.device
) -> Operations:
    """Return what it takes that a network sees an image of `side` pixels, with no gradient."""
    known = _READ.setdefault(model, {})
    if side not in known:
        grey = torch.full((1, _COLOURS, side, side), 0.5, device=device)
        known[side] = counted(lambda: model(grey))
    return known[side]


def read(reading: Operations, count: int, room: Room) -> int:
    """Return how many of `count` images to read at once; reading: what one of them takes."""
    return evenly(count, room.images(reading.flops, passing(reading)))


def passing(reading: Operations) -> float:
    """Return bytes that are more than there ever are of an image that is read: all that move."""
    return sum(reading.moved.values())
