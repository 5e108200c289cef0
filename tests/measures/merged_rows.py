"""Rows of what merged networks learnt, for tests."""

import pandas as pd

from preimage.tables.merging import MERGING_IMAGES

SETTINGS = {"origin": "old", "toward": "other", "set": "s", "made_by": "other", "loss": "l1"}
SETTINGS |= {"optimiser": "SGD", "learning_rate": 1e-5, "steps": 9, "batch": 8, "order_seed": 0}


def learnt(network, classes, factors, loss="sum_of_squares"):
    """Return what a network learnt: pictures whose sum of squares fell by these factors."""
    rows = [
        SETTINGS
        | {"network": network, "loss": loss, "item": f"{c:03d}", "seed": 999, "class": c}
        | {"sum_of_squares_before": 90.0, "sum_of_squares_after": 90.0 / factor}
        | {"l1_before": 30.0, "l1_after": 30 / factor**0.5}
        | {"l2_before": 90.0**0.5, "l2_after": (90 / factor) ** 0.5}
        for c, factor in zip(classes, factors, strict=True)
    ]
    return pd.DataFrame(rows)[MERGING_IMAGES.names]
