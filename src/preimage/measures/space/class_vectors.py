"""The logits of class images as vectors: a row a class."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from preimage.measures.images.predictions import with_logits
from preimage.status import PICTURES


class Vectors(NamedTuple):
    """Numbers and names of n classes, ascending, and the logits [C] of the picture of each.

    Only those that are asked for become a matrix: all of a study are many gigabytes.
    """

    classes: np.ndarray
    names: np.ndarray
    rows: np.ndarray

    @property
    def logits(self) -> np.ndarray:
        """The logits of all: [n, C], float64."""
        return np.stack(self.rows).astype(np.float64)

    def of(self, classes: np.ndarray) -> np.ndarray:
        """Return the logits of some of its classes, ascending: [len(classes), C], float64."""
        return np.stack(self.rows[np.isin(self.classes, classes)]).astype(np.float64)


def class_vectors(
    predictions: pd.DataFrame, logits: pd.DataFrame
) -> dict[tuple[str, int, str, str], Vectors]:
    """Return vectors by set, seed, network and judge, of rows PREDICTIONS and LOGITS.

    What failed is left out.
    """
    fine = predictions[predictions.status.isin(PICTURES) & predictions.class_a.notna()]
    told = with_logits(fine, logits).sort_values("class_a", kind="stable")
    return {
        keys: Vectors(
            group.class_a.to_numpy(np.int64),
            group.name_a.to_numpy(object),
            group.logits.to_numpy(object),
        )
        for keys, group in told.groupby(["set", "seed", "network", "judge"], sort=False)
    }
