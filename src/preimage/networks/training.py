"""Train a network: what every task shares."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from preimage.errors import UserError
from preimage.precision import arithmetic

Batches = Iterable[tuple[Tensor, Tensor]]


@contextmanager
def learning(model: nn.Module, device: torch.device | str) -> Iterator[None]:
    """Let `model` learn on `device`; leave it there, frozen, in eval mode.

    Within, float32 is float32 on CUDA too, not TensorFloat-32, and the global random generators
    may be seeded: afterwards they are as they were.
    """
    device = torch.device(device)
    model.to(device, memory_format=torch.channels_last).requires_grad_(requires_grad=True)
    generators = torch.random.fork_rng(devices=[device] if device.type == "cuda" else [])
    with generators, arithmetic("float32"):
        yield
    model.eval().requires_grad_(requires_grad=False)


def fit(
    model: nn.Module,
    batches: Batches,
    optimiser: Optimizer,
    schedule: LRScheduler | None = None,
    precision: str = "float32",
    *,
    done: int = 0,
) -> Iterator[dict[str, Any]]:
    """Take one step on the cross-entropy of each of `batches`: pictures [B, 3, H, W], labels [B].

    Yields the number of the step (from 1, after those `done` before), its loss before the update,
    and its learning rate. In between, the caller may measure the model or store it. Raises
    `UserError` when the loss is not finite.
    """
    for step, (pictures, labels) in enumerate(batches, start=done + 1):
        logits = _logits(model.train(), pictures, precision)
        loss = cross_entropy(logits, labels.to(logits.device))
        rate = optimiser.param_groups[0]["lr"]
        if not isfinite(loss.item()):
            raise UserError(
                f"training: the loss is {loss.item()} at step {step} with a learning rate of "
                f"{rate:.2g}; a lower rate may help"
            )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if schedule is not None:
            schedule.step()
        yield {"step": step, "loss": loss.item(), "learning_rate": rate}


@torch.no_grad()
def accuracy(model: nn.Module, batches: Batches) -> float:
    """Return the share of pictures whose largest logit is their label; leaves eval mode."""
    model.eval()
    hits = [_logits(model, pictures).argmax(1).cpu() == labels for pictures, labels in batches]
    return torch.cat(hits).double().mean().item()


@torch.no_grad()
def settle_batch_norms(model: nn.Module, batches: Batches) -> None:
    """Let BatchNorms know what all the batches are like, with today's weights; leaves eval mode.

    While a network learns they average over what it was: after some hundred steps mostly over what
    it began as, and a network that knows its pictures in training knows none of them in eval mode.
    """
    model.eval()
    norms = [norm for norm in model.modules() if isinstance(norm, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # each batch counts as much
        norm.train()
    if norms:
        for pictures, _ in batches:
            _logits(model, pictures)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.eval()


def _logits(model: nn.Module, pictures: Tensor, precision: str = "float32") -> Tensor:
    device = next(model.parameters()).device
    pictures = pictures.to(device, memory_format=torch.channels_last)
    dtype = getattr(torch, precision)
    with torch.autocast(device.type, dtype, enabled=dtype is not torch.float32):
        logits = model(pictures)
    if not isinstance(logits, Tensor):
        raise UserError(
            f"training: {type(model).__name__} gives more than logits; build it without auxiliary "
            "heads"
        )
    return logits.float()
