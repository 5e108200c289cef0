"""How far the steps of a descent went: what each gradient was multiplied with. No torch."""

import pandas as pd

from preimage.descent.recipe import Recipe
from preimage.errors import UserError


def step_sizes(trace: pd.DataFrame, recipe: Recipe) -> dict[tuple[str, int], dict[str, float]]:
    """Return step_start and step_end of RECONSTRUCTIONS for each item and seed of rows TRACE.

    NaN where an optimiser remembers: there is no such number.
    """
    rates = [lr for octave in recipe.octaves for lr, _ in octave.schedule()]
    sides = [octave.side for octave in recipe.octaves for _ in range(octave.iterations)]

    if len(trace) and (last := int(trace.iteration.max())) >= len(rates):
        raise UserError(
            f"the trace has a step of number {last}, but the recipe has only {len(rates)}: give "
            "the recipe that the pictures were made by"
        )

    def size(at: pd.Series) -> float:
        if recipe.optimiser.kind != "gradient":
            return float("nan")
        place = int(at.iteration)
        return rates[place] / (_root(at.gradient, sides[place]) if recipe.normalised else 1)

    return {
        key: {"step_start": size(steps.iloc[0]), "step_end": size(steps.iloc[-1])}
        for key, steps in trace.groupby(["item", "seed"])
    }


def _root(norm: float, side: int) -> float:
    """Return the root of a gradient's mean square."""
    return norm / (3 * side * side) ** 0.5 or float("nan")
