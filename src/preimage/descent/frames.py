"""Pictures of a descent on its way."""

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from preimage.descent.descend import Step
from preimage.descent.recipe import Recipe
from preimage.errors import UserError
from preimage.photos import squash


class Frames:
    """A callback of `descend` that keeps `count` pictures of each item, evenly spread.

    steps: how many steps each of them is the result of; the last is the whole descent. All
    pictures are of the last octave's size. kept: those of each item so far, on the CPU, for
    whoever wants to go on from there. Raises UserError where there are fewer steps.
    """

    def __init__(
        self, count: int, recipe: Recipe, kept: Mapping[int, list[Tensor]] | None = None
    ) -> None:
        total = recipe.iterations
        if count > total:
            raise UserError(
                f"{count} frames of a descent of {total} steps: ask for {total} or fewer"
            )
        self.steps = np.linspace(total / count, total, count).round().astype(int).tolist()
        self._side = recipe.octaves[-1].size
        self.kept = dict(kept or {})

    def __call__(self, step: Step) -> None:
        """Keep the pictures of this step, if it is one of `steps`."""
        if step.done not in self.steps:
            return
        images = squash(step.images, self._side).float().cpu()
        for item, image in zip(step.items, images, strict=True):
            self.kept.setdefault(item, []).append(image)

    def of(self, item: int) -> list[Tensor]:
        """Return the pictures [3, S, S] of one item, in the order of `steps`."""
        return self.kept[item]
