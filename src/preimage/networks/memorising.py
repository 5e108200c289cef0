"""Let a network learn noise by heart (experiment H1), over hours that a kill may interrupt."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import ceil

import pandas as pd
import torch
from torch import nn
from torch.optim import Adam, Optimizer

from preimage.checkpoint import Checkpoint, Row, resumed, save_training
from preimage.device import room_for
from preimage.errors import UserError
from preimage.networks.noise import Noise
from preimage.networks.training import accuracy, fit, learning, settle_batch_norms
from preimage.progress import progress

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Memorising:
    """How a network memorises noise: Adam at a constant learning rate, all images every epoch.

    batch: images a step, at most; the batches of an epoch are even. Raises `UserError` for values
    out of range.
    """

    noise: Noise
    epochs: int
    batch: int = 128
    learning_rate: float = 1e-4

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "learning_rate"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or value <= 0:
                raise UserError(f"training: {name} is {value!r}, must be above 0")
        if self.noise.images // self.steps < 2:
            raise UserError(
                f"training: {self.noise.images} images in {self.steps} batches leave one image "
                "alone, of which BatchNorm learns nothing: choose another batch"
            )

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return ceil(self.noise.images / self.batch)


def memorise(
    model: nn.Module,
    training: Memorising,
    device: torch.device | str = "cpu",
    *,
    checkpoint: Checkpoint | None = None,
    desc: str = "training",
    silent: bool = False,
) -> tuple[pd.DataFrame, float]:
    """Teach the noise to `model` in place; leave it on `device`, frozen, in eval mode.

    The model takes [B, 3, size, size] to logits [B, labels], without auxiliary heads. Returns the
    history (epoch, step, loss, learning_rate, and accuracy at the last step of each epoch, else
    NaN) and the accuracy at the end: the share of all the images learnt that the network
    recognises in eval mode, with the means and deviations that its BatchNorms find in all of them
    after each epoch. A training that goes on from its `checkpoint` gives, on one machine's
    CPU, the same weights bit for bit as one that was never interrupted.

    Raises `UserError` when the loss is no longer finite, or the memory of a GPU is too small.
    """
    with learning(model, device), room_for(training.batch, device):
        optimiser = Adam(model.parameters(), lr=training.learning_rate, fused=True)
        history = resumed(checkpoint, model, optimiser)
        done = len(history) // training.steps
        if done:
            log.info("%s goes on after epoch %d of %d", desc, done, training.epochs)
        total = training.steps * training.epochs
        with progress(total, desc, unit="step", done=len(history), silent=silent) as bar:
            for epoch in range(done + 1, training.epochs + 1):
                for row in _epoch(model, training, optimiser, epoch):
                    history.append(row)
                    bar.set_postfix(epoch=epoch, loss=f"{row['loss']:.3f}", refresh=False)
                    bar.update()
                if checkpoint:
                    save_training(checkpoint, model, optimiser, history)
        optimiser.zero_grad()
    return pd.DataFrame(history), history[-1]["accuracy"]


def _epoch(
    model: nn.Module, training: Memorising, optimiser: Optimizer, epoch: int
) -> Iterator[Row]:
    """Show every image once; yield a row for each step, the last with the accuracy after it."""
    noise = training.noise
    torch.manual_seed(noise.seed + epoch)  # of dropout, whatever ran before
    batches = noise.batches(noise.order(epoch), training.batch)
    for row in fit(model, batches, optimiser, done=(epoch - 1) * training.steps):
        if row["step"] == epoch * training.steps:
            every = partial(noise.batches, range(noise.images), training.batch)
            settle_batch_norms(model, every())
            row["accuracy"] = accuracy(model, every())
        yield {"epoch": epoch, **row}
