"""Comparisons of two networks' pictures as vectors, and the rows of tables that they give."""

import msgspec
import numpy as np
import pandas as pd
from pictures import item_rows, said

from preimage.measures.comparisons.nearness import among_others, l2
from preimage.measures.comparisons.sides import Comparison
from preimage.measures.images.predictions import with_logits
from preimage.tables.comparisons import COMPARED_IMAGES

CLASSES = 12
RANDOM = np.random.default_rng(1)
THEIRS, OURS = RANDOM.normal(size=(2, CLASSES, 40))
NEAR = RANDOM.normal(size=(CLASSES, 40)) * 0.1


def side(title, network, kind, *others):
    return {"set": title, "network": network, "kind": kind, "networks": [network, *others]} | {
        "title": title
    }


ALONE = [side("theirs", "goog", "alone"), side("ours", "res", "alone")]


def comparison(*columns, code="B4"):
    return msgspec.convert({"name": "c", "code": code, "columns": [*ALONE, *columns]}, Comparison)


def compared(one, columns, gap=np.nan, seed=999):
    """Return rows COMPARED_IMAGES of `columns`: vectors by title, as a third network sees them.

    gap: how far two pictures of a class lie apart that differ in the seed.
    """
    count = len(next(iter(columns.values())))
    rows = item_rows(range(count), seed=seed)
    tables = [
        among_others(l2(columns[a], columns[b]), np.arange(count)).assign(
            **{"one": a, "other": b, "by": by, "third": third, "metric": "l2", "ssim": np.nan},
            between_seeds=gap,
            **{"code": one.code, "comparison": one.name, "classes": rows.item},
            **{key: rows[key] for key in ("class_a", "class_b", "seed")},
        )
        for a in columns
        for b in columns
        for by, third in (("pixels", None), ("other", True), ("goog", False))
        if a != b
    ]
    return pd.concat(tables)[COMPARED_IMAGES.names]


def told(one, certain, judges=("goog", "other")):
    """Return what judges say: `certain` is the logit of the class by title."""
    found = []
    for column in one.sides:
        rows = item_rows(range(CLASSES), network=column.network, image_set=column.set)
        for judge in judges:
            logits = np.eye(CLASSES) * certain[column.title]
            found.append(with_logits(*said(rows, logits, judge)))
    return pd.concat(found)
