"""How a descent ended, in a word, and what to do about it."""

import math
from collections.abc import Collection, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from preimage.descent.layers import before_relus
from preimage.descent.objective import Direction, Level, Match, Objective
from preimage.descent.recipe import Octave, Recipe
from preimage.status import DIVERGED, NO_GRADIENT, NOT_FINITE, OK


class Trace(NamedTuple):
    """What was seen before each step, of all items [B] or of one [iterations].

    loss; value of the objective; Euclidean norm of the loss's gradient; distances to what is
    matched, in the layers (m_g) and in pixels (m_i), NaN where nothing is.
    """

    loss: Tensor
    value: Tensor
    gradient: Tensor
    m_g: Tensor
    m_i: Tensor


Layer = tuple[str, str]
"""A network's name and a layer's."""

_HINTS = {
    OK: "",
    NO_GRADIENT: "what it asks for is dead, as behind a ReLU that gives 0; another seed or start "
    "may wake it, and only the layer before the ReLU can go lower",
    DIVERGED: "the steps are too long here, or the blur undoes them: lower lr, the scale of the "
    "loss, or sigma",
    NOT_FINITE: "the steps are far too long here: lower lr, or the scale of the loss",
}


_ANEW = ", each with numbers of its own,"
_UNSEEN = (
    "the layer gives the same for the start and for what it is to match, to the last digit: "
    "precision: float64 may see a difference"
)


def hint(status: str, objective: Objective, networks: Mapping[str, nn.Module] | None = None) -> str:
    """Return what to do about a status; given the networks, also which layers to take instead."""
    if status == NO_GRADIENT and all(isinstance(term, Match) for _, term in objective.terms):
        return _UNSEEN
    if status != NO_GRADIENT or networks is None:
        return _HINTS[status]
    better = rectified_layers(objective, networks)
    instead = [
        f"{network}:{' or '.join(before)}{_ANEW if len(before) > 1 else ''} for {network}:{layer}"
        for (network, layer), before in better.items()
    ]
    return _HINTS[status] + (f" (take {', '.join(instead)})" if instead else "")


def rectified_layers(
    objective: Objective, networks: Mapping[str, nn.Module]
) -> dict[Layer, list[str]]:
    """Return the layers of an objective that ReLUs keep at or above 0, and what goes into those."""
    found = {
        (part.network, part.layer): before_relus(networks[part.network], part.layer)
        for part in objective.parts
    }
    return {layer: before for layer, before in found.items() if before}


def status(
    objective: Objective,
    recipe: Recipe,
    image: Tensor,
    trace: Trace,
    rectified: Collection[Layer],
) -> str:
    """Return the status of one item from its last image and its trace.

    not finite: anything of it is infinite or NaN.
    no gradient: the gradient was exactly 0 in a tenth or more of the later half of the steps,
    though there was something left to reach; or the objective only lowers `rectified` layers,
    which cannot go below 0, and came within a quarter of its first distance to that floor: what
    follows there is the blur waking what the steps put to death.
    diverged: the steps raised the loss. Each octave's change counts on its own, because resizing
    changes the loss as well, from its first loss (with crops, its first tenth) to its last tenth.
    """
    loss, value, gradient, _, _ = trace
    if not all(part.isfinite().all() for part in (image, loss, gradient)):
        return NOT_FINITE
    still = (gradient == 0)[len(gradient) // 2 :].float().mean() >= 0.1
    if still and not _reached(objective, recipe, trace):
        return NO_GRADIENT
    if _has_floor(objective, recipe, rectified) and value.max() >= value[0] / 4:
        return NO_GRADIENT
    return DIVERGED if _rise(recipe, loss) > 0 else OK


def _reached(objective: Objective, recipe: Recipe, trace: Trace) -> bool:
    """Whether nothing is left to reach: the ceiling, or the picture to match.

    A layer that never saw a difference to that picture, though there was one, was not led there.
    """
    _, value, _, _, m_i = trace
    of_matches = all(isinstance(term, Match | Level) for _, term in objective.terms)
    matched = of_matches and value[-1] == 0 and (value[0] != 0 or m_i[0] == 0)
    return bool(matched or (recipe.loss.absolute and value[-1] == recipe.loss.ceiling))


def _has_floor(objective: Objective, recipe: Recipe, rectified: Collection[Layer]) -> bool:
    """Whether the value cannot rise above 0 though the loss asks for more."""
    asks_for_more = recipe.loss.ceiling >= 0 or not recipe.loss.absolute
    return asks_for_more and all(
        isinstance(part, Direction) and weight < 0 and (part.network, part.layer) in rectified
        for weight, term in objective.terms
        for part in term.parts
    )


def _rise(recipe: Recipe, loss: Tensor) -> float:
    parts = loss.split([octave.iterations for octave in recipe.octaves])
    ends = zip(recipe.octaves, parts, strict=True)
    return sum(float(_end(part) - _start(octave, part)) for octave, part in ends)


def _start(octave: Octave, loss: Tensor) -> Tensor:
    """Return the first loss; of crops, which make single losses noisy, also their first tenth's."""
    return loss[0] if octave.crop is None else torch.maximum(loss[0], _end(loss.flip(0)))


def _end(loss: Tensor) -> Tensor:
    """Return the mean of the last tenth, because crops make single losses noisy."""
    return loss[-math.ceil(len(loss) / 10) :].mean()
