"""How gradual a change is."""

import numpy as np
import pytest

from preimage.measures.images.turning import largest_step

NAN = np.nan


@pytest.mark.parametrize(
    ("ahead", "found"),
    [
        (np.linspace(-3, 5, 5), 0.25),
        ([-4, -4, 4, 4], 1.0),
        ([-4, -3, 3, 4], 0.75),
        ([-4, 5, 4], 9 / 8),  # beyond its end, and back
        ([-4, -2, NAN, 2, 4], 0.5),
        ([NAN, -4, 4, NAN], 1.0),
        ([-4, 4, -2], NAN),  # turns back
        ([2, -4, 4], NAN),
        ([-4, -3, -2], NAN),
        ([NAN, 3, NAN], NAN),
        ([NAN, NAN], NAN),
    ],
)
def test_the_largest_step_is_a_share_of_the_way(ahead, found):
    a = np.arange(len(ahead))
    logits = np.stack([a, np.full(len(a), 9.0), a + np.asarray(ahead, float)], axis=1)
    assert largest_step(logits.astype(np.float32), 0, 2) == pytest.approx(found, nan_ok=True)
