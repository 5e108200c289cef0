"""How soon a network learns true labels by heart, and random ones (code H1)."""

from collections.abc import Callable, Iterator

import pandas as pd
import torch
from torch import Tensor, nn
from torch.optim import Adam

from preimage.networks.demo_world import batch
from preimage.networks.training import accuracy, fit, learning
from preimage.networks.world import World
from preimage.progress import progress
from preimage.tables.depth import LEARNT_LABELS

SEEDS = range(1, 9)
IMAGES, SIDE, BATCH = 144, 24, 24  # SIDE in pixels
RATE = 1e-3
ENOUGH = 0.9  # share of the pictures that are labelled right
MOST, CHECK = 3000, 4  # steps, at most and from one look to the next


def learnt_labels() -> pd.DataFrame:
    """Return the table LEARNT_LABELS, the same in any study.

    Of one seed the pictures of the demo world and the first weights are the same for all labels.
    """
    rows = [
        (name, seed, _steps(pictures, given(labels, seed), seed))
        for seed in progress(SEEDS, "learn labels", unit="seed")
        for pictures, labels in [_drawn(seed)]
        for name, given in LABELS.items()
    ]
    return pd.DataFrame(rows, columns=LEARNT_LABELS.names)


def _drawn(seed: int) -> tuple[Tensor, Tensor]:
    return batch(World(), IMAGES, SIDE, torch.Generator().manual_seed(seed))


def _true(labels: Tensor, _: int) -> Tensor:
    return labels


def _shuffled(labels: Tensor, seed: int) -> Tensor:
    """Return the labels dealt anew among the pictures: as many of each as there were."""
    return labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))]


def _renamed(labels: Tensor, seed: int) -> Tensor:
    """Return another name for each class: pictures of one class still have the same."""
    names = torch.randperm(len(World().classes), generator=torch.Generator().manual_seed(seed))
    return names[labels]


LABELS: dict[str, Callable[[Tensor, int], Tensor]] = {
    "true": _true,
    "shuffled": _shuffled,
    "renamed": _renamed,
}


def _steps(pictures: Tensor, labels: Tensor, seed: int) -> float:
    """Return after how many steps ENOUGH pictures are labelled right; NaN where they never are."""
    model = _small(seed)
    with learning(model, "cpu"):
        optimiser = Adam(model.parameters(), lr=RATE)
        for row in fit(model, _batches(pictures, labels, seed), optimiser):
            look = row["step"] % CHECK == 0
            if look and accuracy(model, [(pictures, labels)]) >= ENOUGH:
                return float(row["step"])
    return float("nan")


def _batches(pictures: Tensor, labels: Tensor, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    for _ in range(MOST * BATCH // IMAGES):
        for some in torch.randperm(IMAGES, generator=generator).split(BATCH):
            yield pictures[some], labels[some]


def _small(seed: int) -> nn.Module:
    """Return a network without BatchNorm and dropout, so that it sees alike in both modes."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            *_convolution(3, 32),
            *_convolution(32, 64),
            *_convolution(64, 64),
            nn.Flatten(),
            nn.Linear(64 * (SIDE // 8) ** 2, 128),
            nn.ReLU(),
            nn.Linear(128, len(World().classes)),
        )


def _convolution(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
