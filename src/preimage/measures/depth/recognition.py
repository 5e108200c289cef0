"""Whose photo a reconstruction is in the eyes of another network."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from preimage.batches import Batch
from preimage.descent.layers import Extractor
from preimage.descent.objective import LOGITS
from preimage.measures.comparisons.nearness import cosine
from preimage.measures.depth.clearness import beaten
from preimage.measures.images.features import Features
from preimage.measures.images.judging import judge
from preimage.networks.network import Network

_FIRST = 5
SAID = ["beaten", "in_five", "in_five_others", "own_half"]


class Seen(NamedTuple):
    """What a network sees in n pictures: features [n, F], and its classes [n, C], likely first."""

    features: np.ndarray
    classes: np.ndarray


class Eyes:
    """How a network sees pictures: at its own size, not clipped, alone as among others."""

    def __init__(self, network: Network, batch: Batch, device: torch.device) -> None:
        self._network, self._batch, self._device = network, batch, device
        self._features = Features(network.model, network.size, device)
        Extractor(network.model, [LOGITS], device=device, name=network.name).layouts(network.size)

    def see(self, images: Tensor) -> Seen:
        """Return what the network sees in pictures [n, 3, H, W]."""
        features, logits = (
            judge(model, images, self._network.size, batch=self._batch, device=self._device)
            for model in (self._features, self._network.model)
        )
        return Seen(features, np.argsort(-logits, axis=1, kind="stable"))


def recognised(
    own: Sequence[int], photos: Seen, made: Seen, halves: Mapping[int, int]
) -> pd.DataFrame:
    """Return a row for each picture made: the columns of SAID.

    own: the number of its photo. Photos of the same first class as the own one are no others.
    halves: of a photo that is a half of one, the number of the other half.
    """
    likeness = 1 - cosine(made.features, photos.features)
    first = photos.classes[:, 0]
    rows = []
    for place, photo in enumerate(own):
        there = np.isin(first, made.classes[place, :_FIRST])
        others = first != first[photo]
        rows.append(
            {
                "beaten": beaten(photo, likeness[place]),
                "in_five": float(there[photo]),
                "in_five_others": there[others].mean() if others.any() else np.nan,
                "own_half": _nearer(likeness[place], photo, halves.get(photo)),
            }
        )
    return pd.DataFrame(rows, columns=SAID)


def _nearer(likeness: np.ndarray, photo: int, other: int | None) -> float:
    return np.nan if other is None else float(likeness[photo] > likeness[other])
