"""Distances between class images in the space of a judge's logits, and nearest neighbours."""

import numpy as np
import pandas as pd

from preimage.errors import UserError
from preimage.measures.images.predictions import with_logits
from preimage.status import PICTURES
from preimage.tables.images import DISTANCES, NEIGHBOURS

METRICS = ("l1", "l2", "cosine")
_GROUP = ["set", "network", "seed", "judge"]


def pairwise(vectors: np.ndarray) -> dict[str, np.ndarray]:
    """Return the distances [n, n] between the rows of `vectors` [n, d] for each of METRICS.

    l1: sum of absolute differences. l2: Euclidean. cosine: 1 - cosine, NaN with a zero vector;
    taken as half the squared distance of unit vectors, which is exact for equal ones. In float64;
    time grows as n * n * d: a thousand vectors of a thousand take a few seconds.
    """
    vectors = np.asarray(vectors, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = {metric: np.zeros((len(vectors), len(vectors))) for metric in METRICS}
    for i in range(len(vectors)):
        apart, turned = vectors[i:] - vectors[i], unit[i:] - unit[i]
        row = {
            "l1": np.abs(apart).sum(axis=1),
            "l2": np.sqrt(np.einsum("ij,ij->i", apart, apart)),
            "cosine": np.einsum("ij,ij->i", turned, turned) / 2,
        }
        for metric, values in row.items():
            found[metric][i, i:] = found[metric][i:, i] = values
    return found


def tabulate(predictions: pd.DataFrame, logits: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables DISTANCES and NEIGHBOURS of sets with one class per picture.

    `predictions` and `logits` are rows of these tables for the same pictures and judges. What
    failed is left out. Raises UserError for pictures of no or two classes.
    """
    _check_single(predictions)
    told = with_logits(predictions[predictions["status"].isin(PICTURES)], logits)
    told = told.sort_values("class_a", kind="stable")
    distances, neighbours = [], []
    for keys, rows in told.groupby(_GROUP, sort=False):
        group = rows.reset_index(drop=True)
        matrices = pairwise(np.stack(group["logits"]))
        about = dict(zip(_GROUP, keys, strict=True))
        distances.append(_pairs(group, matrices).assign(**about))
        neighbours.append(_nearest(group, matrices).assign(**about))
    return joined(distances, DISTANCES.names), joined(neighbours, NEIGHBOURS.names)


def _check_single(predictions: pd.DataFrame) -> None:
    wrong = predictions[predictions["class_a"].isna() | predictions["class_b"].notna()]
    if len(wrong):
        raise UserError(
            f"the picture {wrong['item'].iloc[0]} of the set {wrong['set'].iloc[0]} is not of one "
            "class: distances between classes are those of a set of class images"
        )


def joined(frames: list[pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """Return the rows of all frames, and a table without rows of none."""
    return pd.concat(frames, ignore_index=True)[names] if frames else pd.DataFrame(columns=names)


def _pairs(group: pd.DataFrame, matrices: dict[str, np.ndarray]) -> pd.DataFrame:
    classes = group["class_a"].to_numpy(np.int64)
    a, b = np.triu_indices(len(classes), k=1)
    values = {metric: matrix[a, b] for metric, matrix in matrices.items()}
    return pd.DataFrame({"class_a": classes[a], "class_b": classes[b], **values})


def _nearest(group: pd.DataFrame, matrices: dict[str, np.ndarray]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "class": group["class_a"],
            "name": group["name_a"],
            "second_neighbour": group["second"],
            "second_neighbour_name": group["second_name"],
            "logit_second": group["logit_second"],
        }
    )
    for metric, matrix in matrices.items():
        others = np.where(np.isnan(matrix) | np.eye(len(matrix), dtype=bool), np.inf, matrix)
        nearest, least = others.argmin(axis=1), others.min(axis=1)
        there = pd.Series(np.isfinite(least))
        frame[metric] = np.where(there, least, np.nan)
        for column, source in (("neighbour", "class_a"), ("neighbour_name", "name_a")):
            found = group[source].iloc[nearest].reset_index(drop=True)
            frame[f"{metric}_{column}"] = found.where(there)
    return frame
