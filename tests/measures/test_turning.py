"""How gradual a change is."""

import numpy as np
import pytest

from preimage.measures.turning import largest_step

EVEN = np.linspace(-3, 5, 5)
NAN = np.nan


@pytest.mark.parametrize(
    ("ahead", "found"),
    [
        (EVEN, 0.25),
        (-EVEN, 0.25),
        ([0, 0, 8, 8], 1.0),
        ([0, 1, 7, 8], 0.75),
        ([0, 9, 8], 9 / 8),  # beyond its end, and back
        ([0, 2, NAN, 6, 8], 0.5),
        ([NAN, 0, 8, NAN], 1.0),
        ([4, 8, 4], NAN),
        ([NAN, 3, NAN], NAN),
        ([NAN, NAN], NAN),
    ],
)
def test_the_largest_step_is_a_share_of_the_way(ahead, found):
    a = np.arange(len(ahead))
    logits = np.stack([a, np.full(len(a), 9.0), a + np.asarray(ahead, float)], axis=1)
    assert largest_step(logits.astype(np.float32), 0, 2) == pytest.approx(found, nan_ok=True)
