"""Train a network: a loop that any task can use, and the demo world as the task at hand."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil, isfinite
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR

from preimage.descent.layers import arithmetic
from preimage.errors import UserError
from preimage.networks.demo_world import batch
from preimage.networks.world import World
from preimage.progress import progress

Batches = Iterable[tuple[Tensor, Tensor]]

PRECISIONS = ("float32", "bfloat16")
HELD_OUT_SEED = -1  # seeds of training are never negative
HELD_OUT_BATCHES = 16
CHECKS = 4  # how often in a training the held-out accuracy is measured


@dataclass(frozen=True)
class Training:
    """How a network learns the demo world: AdamW under a one-cycle learning rate.

    size: of the pictures, in pixels. batch: pictures a step. learning_rate: the peak of the cycle.
    precision: float32, or bfloat16 where PyTorch's autocast thinks it safe (faster on processors
    that know the type, slower on others). seed: decides the pictures and dropout, not the initial
    weights. Raises `UserError` for values out of range.
    """

    world: World = field(default_factory=World)
    size: int = 64
    steps: int = 300
    batch: int = 64
    learning_rate: float = 1e-3
    precision: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("size", "steps", "batch", "learning_rate"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or value <= 0:
                raise UserError(f"training: {name} is {value!r}, must be above 0")
        if self.seed < 0:
            raise UserError(f"training: seed is {self.seed}, must be 0 or more")
        if self.precision not in PRECISIONS:
            raise UserError(
                f"training: precision is {self.precision!r}, must be {' or '.join(PRECISIONS)}"
            )

    def pictures(self) -> Batches:
        """Draw the pictures and labels of each step."""
        return _draw(self.world, self.steps, self.batch, self.size, self.seed)

    def held_out(self) -> Batches:
        """Draw 1024 pictures that no training sees: the same for every network of this size."""
        return _draw(self.world, HELD_OUT_BATCHES, 64, self.size, HELD_OUT_SEED)


def _draw(world: World, batches: int, count: int, size: int, seed: int) -> Batches:
    generator = torch.Generator().manual_seed(seed)
    for _ in range(batches):
        yield batch(world, count, size, generator)


def train(
    model: nn.Module,
    training: Training,
    device: torch.device | str = "cpu",
    *,
    desc: str = "training",
    silent: bool = False,
) -> tuple[pd.DataFrame, float]:
    """Teach the demo world to `model` in place; leave it on `device`, frozen, in eval mode.

    The model takes [B, 3, size, size] to logits [B, classes], without auxiliary heads. Returns
    the history (step, loss, learning_rate, and accuracy in the steps that measure it, else NaN)
    and the accuracy at the end: the share of held-out pictures recognised in eval mode, in
    float32. On one machine's CPU, the same initial weights, training and number of threads give
    the same weights bit for bit. `desc` and `silent` are the progress bar's.

    Raises `UserError` when the loss is no longer finite.
    """
    with learning(model, device):
        torch.manual_seed(training.seed)
        optimiser = AdamW(model.parameters(), lr=training.learning_rate, fused=True)
        schedule = OneCycleLR(optimiser, training.learning_rate, total_steps=training.steps)
        history = []
        with progress(training.steps, desc, unit="step", silent=silent) as bar:
            for row in fit(model, training.pictures(), optimiser, schedule, training.precision):
                if _is_check(row["step"], training.steps):
                    row["accuracy"] = accuracy(model, training.held_out())
                history.append(row)
                bar.set_postfix(loss=f"{row['loss']:.3f}", refresh=False)
                bar.update()
        optimiser.zero_grad()
    return pd.DataFrame(history), history[-1]["accuracy"]


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


def _is_check(step: int, steps: int) -> bool:
    return step == steps or step % ceil(steps / CHECKS) == 0


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
