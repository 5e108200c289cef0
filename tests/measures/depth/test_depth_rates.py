"""What gradients were multiplied with, where there is one such number."""

import pandas as pd
import pytest

from preimage.descent.recipe import Octave, Optimiser, Recipe
from preimage.measures.depth.rates import step_sizes

TRACE = pd.DataFrame({"item": "a", "seed": 1, "iteration": [0, 3], "gradient": [2.0, 4.0]})


@pytest.mark.parametrize(
    ("optimiser", "start", "end"),
    [
        (Optimiser(), 0.4, 0.1),
        (Optimiser("momentum", (0.9,)), None, None),
        (Optimiser("Adam", (0.9, 0.999)), None, None),
    ],
)
def test_only_plain_steps_have_a_size(optimiser, start, end):
    recipe = Recipe((Octave(8, 4, (0.4, 0.0)),), optimiser=optimiser)
    found = step_sizes(TRACE, recipe)["a", 1]
    nan = float("nan")
    wanted = {
        "step_start": nan if start is None else start,
        "step_end": nan if end is None else end,
    }
    assert found == pytest.approx(wanted, nan_ok=True)
