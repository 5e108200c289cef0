"""Merge networks: train the parameters of one toward the logits of another (codes B1 to B3).

As on the page "Input Generation III", heading "Model Merging": in eval mode, so that BatchNorm's
statistics stay and nothing is dropped, on finished pictures, whose logits by the other network are
taken once.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.optim import Optimizer, SparseAdam

from preimage.checkpoint import Checkpoint, Row, resumed, save_training
from preimage.device import room_for
from preimage.errors import UserError, near_matches
from preimage.networks.training import learning
from preimage.progress import progress

log = logging.getLogger(__name__)


# Of differences [B, logits] between two networks, the loss [B] of each picture.
LOSSES: dict[str, Callable[[Tensor], Tensor]] = {
    "sum_of_squares": lambda apart: apart.square().sum(1),
    "l1": lambda apart: apart.abs().sum(1),
    "l2": lambda apart: torch.linalg.vector_norm(apart, dim=1),
}

_UNREAD = 50  # losses at most that wait on the device, since each reading waits for it


@dataclass(frozen=True)
class Merging:
    """How a network's parameters go toward the logits of another; the defaults are the page's.

    loss: of LOSSES, of the difference of the logits; its mean over a batch is lowered. optimiser:
    the name of a class of `torch.optim`, which keeps its own defaults but for `learning_rate`; SGD
    has no momentum. batch: pictures a step, at most. seed: of the order of pictures, where there
    are more than `batch`. Raises `UserError` for values out of range and unknown names.
    """

    loss: str = "sum_of_squares"
    optimiser: str = "SGD"
    learning_rate: float = 1e-5
    steps: int = 1000
    batch: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in {"steps": 1, "batch": 1, "seed": 0}.items():
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise UserError(f"merging: {name} is {value!r}, must be {least} or more")
        if not isinstance(self.learning_rate, int | float) or self.learning_rate <= 0:
            raise UserError(f"merging: learning_rate is {self.learning_rate!r}, must be above 0")
        if self.loss not in LOSSES:
            raise UserError(f"merging: loss is {self.loss!r}, must be one of {', '.join(LOSSES)}")
        optimiser_named(self.optimiser)

    def optimiser_for(self, model: nn.Module) -> Optimizer:
        """Return the optimiser of all parameters of `model`; UserError where it refuses them."""
        try:
            return optimiser_named(self.optimiser)(model.parameters(), lr=self.learning_rate)
        except (TypeError, ValueError) as error:
            raise UserError(
                f"merging: the optimiser {self.optimiser} does not take the parameters of "
                f"{type(model).__name__}: {error}"
            ) from error

    def pictures(self, step: int, count: int) -> list[int]:
        """Return which of `count` pictures step number `step`, from 1, sees.

        Every picture once, then every picture again, each time in another order.
        """
        if count <= self.batch:
            return list(range(count))
        epoch, place = divmod(step - 1, -(-count // self.batch))
        order = np.random.default_rng([self.seed, epoch]).permutation(count)
        return order[place * self.batch :][: self.batch].tolist()


def optimiser_named(name: str) -> type[Optimizer]:
    """Return the class of `torch.optim` of that name; UserError where there is none.

    Not SparseAdam, whose gradients no image classifier gives.
    """
    found = vars(torch.optim).items()
    known = {key: one for key, one in found if isinstance(one, type) and issubclass(one, Optimizer)}
    known = {key: one for key, one in known.items() if one not in (Optimizer, SparseAdam)}
    if name not in known:
        raise UserError(
            f"merging: unknown optimiser {name!r}{near_matches(name, list(known))}; torch.optim "
            f"has {', '.join(sorted(known))}"
        )
    return known[name]


def merge(
    model: nn.Module,
    images: Tensor,
    targets: Tensor,
    merging: Merging,
    device: torch.device | str = "cpu",
    *,
    checkpoint: Checkpoint | None = None,
    desc: str = "merging",
    silent: bool = False,
) -> pd.DataFrame:
    """Let `model` learn, in place, to give `targets` [n, classes] of `images` [n, 3, S, S], n > 0.

    model: in eval mode; it stays so, on `device`, frozen in the end. Returns the history: step,
    the loss of the step's pictures before it, and learning_rate. What goes on from its `checkpoint`
    gives, on one machine's CPU, the same weights bit for bit as what was never interrupted.

    Raises `UserError` when the loss is no longer finite, or the memory of a GPU is too small.
    """
    with learning(model, device), room_for(merging.batch, device):
        model.to(memory_format=torch.contiguous_format)  # LBFGS takes no other gradients
        optimiser = merging.optimiser_for(model)
        batch_of = _batches(images, targets, merging, device)
        history = resumed(checkpoint, model, optimiser)
        done = len(history)
        if done:
            log.info("%s goes on after step %d of %d", desc, done, merging.steps)
        unread: list[Tensor] = []
        with progress(merging.steps, desc, unit="step", done=done, silent=silent) as bar:
            for step in range(done + 1, merging.steps + 1):
                unread.append(_step(model, optimiser, *batch_of(step), LOSSES[merging.loss]))
                bar.update()
                due = checkpoint is not None and checkpoint.is_due()
                if due or len(unread) == _UNREAD or step == merging.steps:
                    history += _read(unread, len(history), merging)
                    unread.clear()
                    bar.set_postfix(loss=f"{history[-1]['loss']:.4g}", refresh=False)
                if due:
                    save_training(checkpoint, model, optimiser, history)
        optimiser.zero_grad()
    return pd.DataFrame(history).assign(learning_rate=merging.learning_rate)


def _batches(
    images: Tensor, targets: Tensor, merging: Merging, device: torch.device | str
) -> Callable[[int], tuple[Tensor, Tensor]]:
    """Return what gives step number `step`, from 1, its images and targets on `device`.

    Where every step sees all, they go there once.
    """
    count = len(images)
    if count <= merging.batch:
        everything = images.to(device), targets.to(device)
        return lambda _: everything

    def batch_of(step: int) -> tuple[Tensor, Tensor]:
        chosen = merging.pictures(step, count)
        return images[chosen].to(device), targets[chosen].to(device)

    return batch_of


def _step(
    model: nn.Module,
    optimiser: Optimizer,
    images: Tensor,
    targets: Tensor,
    loss_of: Callable[[Tensor], Tensor],
) -> Tensor:
    """Take one step; return the mean loss of the pictures before it, not waiting for it."""

    def loss() -> Tensor:  # some optimisers ask several times a step
        optimiser.zero_grad()
        found = loss_of(model(images) - targets).mean()
        found.backward()
        return found

    return optimiser.step(loss).detach()


def _read(losses: list[Tensor], before: int, merging: Merging) -> list[Row]:
    """Return the history of the steps after step `before`; UserError where a loss is not finite."""
    found = enumerate(torch.stack(losses).tolist(), before + 1)
    rows = [{"step": step, "loss": loss} for step, loss in found]
    for row in rows:
        if not isfinite(row["loss"]):
            raise UserError(
                f"merging: the loss is {row['loss']} at step {row['step']} with a learning rate of "
                f"{merging.learning_rate:.2g}; a lower rate may help"
            )
    return rows
