"""What a network says about finished pictures."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from preimage.batches import AUTO, Batch
from preimage.descent.at_once import passing, read, reading_of
from preimage.device import room_for, room_of
from preimage.photos import squash
from preimage.precision import arithmetic


@torch.inference_mode()
def judge(
    model: nn.Module,
    images: Tensor,
    size: int,
    *,
    batch: Batch = 8,
    device: str | torch.device = "cpu",
    tell: Callable[[int], object] = lambda done: None,
) -> np.ndarray:
    """Return the logits [n, classes], float32, of `images` [n, 3, H, W] (n > 0).

    model: in eval mode and on `device`. size: side in pixels to which pictures are resized, with
    antialias; nothing is clipped. batch: how many the network always sees at once: a short batch
    is filled up with copies, so that batch mates do not change how convolutions round; `auto` is as
    many as pay and fit. tell: is called with the number of pictures that each batch has done.
    """
    said = []
    reading = partial(reading_of, model, size, device)
    if batch == AUTO:
        with room_for(1, device), arithmetic("float32"):
            batch = read(reading(), len(images), room_of(device))
    with arithmetic("float32"), room_for(batch, device, lambda: passing(reading())):
        for start in range(0, len(images), batch):
            some = images[start : start + batch]
            filled = some[torch.arange(batch) % len(some)].to(device, torch.float32)
            said.append(model(squash(filled, size))[: len(some)].float().cpu())
            tell(len(some))
    return torch.cat(said).numpy()
