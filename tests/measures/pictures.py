"""Rows of tables for tests, as the steps before would have written them."""

import numpy as np
import pandas as pd

from preimage.measures.images.predictions import logit_rows, predictions


def item_rows(classes, network="mine", image_set="class_images", status="ok", seed=999):
    """Return rows ITEMS for pictures of `classes`: numbers, or pairs of them."""
    pairs = [c if isinstance(c, tuple) else (c, None) for c in classes]
    return pd.DataFrame(
        {
            "code": "A3",
            "set": image_set,
            "network": network,
            "item": ["+".join(f"{c:03d}" for c in pair if c is not None) for pair in pairs],
            "seed": seed,
            "target": [f"target {pair}" for pair in pairs],
            "class_a": pd.array([pair[0] for pair in pairs], dtype="Int64"),
            "class_b": pd.array([pair[1] for pair in pairs], dtype="Int64"),
            "status": status,
        }
    )


def said(items, logits, judge="mine", categories=None):
    """Return rows PREDICTIONS and LOGITS of a judge that answers `logits` [n, C]."""
    logits = np.asarray(logits, dtype=np.float32)
    names = categories or [f"class {i}" for i in range(logits.shape[1])]
    return predictions(items, logits, judge, 64, names), logit_rows(items, logits, judge)


def one_hot(tops, classes):
    """Return logits [n, classes] whose first class is each of `tops`, or first two of a pair."""
    logits = np.zeros((len(tops), classes), dtype=np.float32)
    for row, top in zip(logits, tops, strict=True):
        first, second = top if isinstance(top, tuple) else (top, None)
        row[first] = 10
        if second is not None:
            row[second] = 5
    return logits
