"""From the logits of a judge to rows: first five classes, and what is said of the target."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from preimage.errors import UserError
from preimage.status import NOT_FINITE, OK
from preimage.tables.images import LOGITS

_OF_ITEM = ["code", "set", "network", "item", "seed", "target", "class_a", "class_b"]


def predictions(
    items: pd.DataFrame, logits: np.ndarray, judge: str, size: int, categories: Sequence[str]
) -> pd.DataFrame:
    """Return the rows PREDICTIONS of one judge for `items` (rows ITEMS) and its `logits` [n, C].

    size: side in pixels at which the judge saw the pictures. categories: names of the C classes.
    Among equal logits the class of the lower number comes first. Where logits are not finite, all
    that is said stays empty and the status is `not finite` unless the item had another failure.
    """
    frame = items[[*_OF_ITEM, "status"]].reset_index(drop=True).assign(judge=judge, size=size)
    finite = np.isfinite(logits).all(axis=1)
    frame.loc[~finite & (frame["status"] == OK), "status"] = NOT_FINITE
    names = np.asarray(categories, dtype=object)
    known = frame[finite]
    return frame.join(_said(known, logits[finite].astype(np.float64), names))


def logit_rows(items: pd.DataFrame, logits: np.ndarray, judge: str) -> pd.DataFrame:
    """Return the rows LOGITS of one judge for `items` (rows ITEMS) and its `logits` [n, C]."""
    columns = [name for name in LOGITS.names if name not in ("judge", "logits")]
    frame = items[columns].reset_index(drop=True)
    return frame.assign(judge=judge, logits=list(logits.astype(np.float32)))


def with_logits(predictions: pd.DataFrame, logits: pd.DataFrame) -> pd.DataFrame:
    """Return `predictions` with the column `logits` beside; UserError where some are missing."""
    picture = [name for name in LOGITS.names if name != "logits"]
    joined = predictions.merge(logits, on=picture, how="left", validate="one_to_one")
    if (lacking := joined[joined["logits"].isna()]).size:
        of = ", ".join(f"{name} {lacking[name].iloc[0]}" for name in picture)
        raise UserError(f"the logits of {len(lacking)} predictions are not given, such as {of}")
    return joined


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the softmax of each row, in float64."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _said(frame: pd.DataFrame, logits: np.ndarray, names: np.ndarray) -> pd.DataFrame:
    order = np.argsort(-logits, axis=1, kind="stable")
    probability = softmax(logits)
    columns: dict[str, np.ndarray | pd.Series] = {}
    for k in range(5):
        top = _rank(order, k)
        columns[f"top{k + 1}"] = top
        columns[f"top{k + 1}_name"] = _look_up(names, top)
        columns[f"top{k + 1}_probability"] = _pick(probability, top)
    for k in range(2):
        columns[f"logit_top{k + 1}"] = _pick(logits, _rank(order, k))
    for letter in "ab":
        target = frame[f"class_{letter}"].to_numpy(np.float64, na_value=np.nan)
        columns |= _of_class(letter, target, logits, order, names)
    of_a = frame["class_a"].to_numpy(np.float64, na_value=np.nan)
    second = np.where(_rank(order, 0) == of_a, _rank(order, 1), _rank(order, 0))
    columns["second"] = np.where(np.isnan(of_a), np.nan, second)
    columns["second_name"] = _look_up(names, columns["second"])
    columns["logit_second"] = _pick(logits, columns["second"])
    return pd.DataFrame(columns, index=frame.index)


def _of_class(
    letter: str, target: np.ndarray, logits: np.ndarray, order: np.ndarray, names: np.ndarray
) -> dict[str, np.ndarray]:
    return {
        f"name_{letter}": _look_up(names, target),
        f"logit_{letter}": _pick(logits, target),
        f"probability_{letter}": _pick(softmax(logits), target),
        f"rank_{letter}": _pick(np.argsort(order, axis=1) + 1.0, target),
    }


# Classes are floats below, NaN for none: a network may have fewer than five, a target none.
def _rank(order: np.ndarray, k: int) -> np.ndarray:
    return order[:, k].astype(np.float64) if k < order.shape[1] else np.full(len(order), np.nan)


def _pick(values: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return from each row of `values` that of its class, NaN where there is none."""
    there = ~np.isnan(classes)
    picked = np.full(len(classes), np.nan)
    picked[there] = values[there, classes[there].astype(int)]
    return picked


def _look_up(names: np.ndarray, classes: np.ndarray) -> np.ndarray:
    there = ~np.isnan(classes)
    found = np.full(len(classes), None, dtype=object)
    found[there] = names[classes[there].astype(int)]
    return found
