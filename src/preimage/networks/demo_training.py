"""Let a network learn the demo world: pictures that never come twice."""

from dataclasses import dataclass, field
from math import ceil

import pandas as pd
import torch
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from preimage.errors import UserError
from preimage.networks.demo_world import batch
from preimage.networks.training import Batches, accuracy, fit, learning
from preimage.networks.world import World
from preimage.progress import progress

PRECISIONS = ("float32", "bfloat16")
HELD_OUT_SEED = -1  # seeds of training are never negative
HELD_OUT_BATCHES = 16
CHECKS = 2  # how often in a training the held-out accuracy is measured: it takes a while
# A shorter memory and warm-up than the usual 0.999 and 0.3: trainings have a few hundred steps.
BETAS = (0.9, 0.99)
WARM_UP = 0.15  # share of the steps in which the learning rate rises


@dataclass(frozen=True)
class Training:
    """How a network learns the demo world: AdamW under a one-cycle learning rate.

    size: of the pictures, in pixels. batch: pictures a step. learning_rate: the peak of the cycle.
    precision: float32, or bfloat16 where PyTorch's autocast thinks it safe (faster on processors
    that know the type, slower on others). seed: decides the pictures and dropout, not the initial
    weights. Raises `UserError` for values out of range.
    """

    world: World = field(default_factory=World)
    size: int = 48
    steps: int = 200
    batch: int = 32
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
        rate = training.learning_rate
        optimiser = AdamW(model.parameters(), lr=rate, betas=BETAS, fused=True)
        schedule = OneCycleLR(optimiser, rate, total_steps=training.steps, pct_start=WARM_UP)
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


def _is_check(step: int, steps: int) -> bool:
    return step == steps or step % ceil(steps / CHECKS) == 0
