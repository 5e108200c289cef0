"""What a network says about finished pictures."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from preimage.device import room_for
from preimage.photos import squash
from preimage.precision import arithmetic


@torch.inference_mode()
def judge(
    model: nn.Module,
    images: Tensor,
    size: int,
    *,
    batch: int = 8,
    device: str | torch.device = "cpu",
    tell: Callable[[int], object] = lambda done: None,
) -> np.ndarray:
    """Return the logits [n, classes], float32, of `images` [n, 3, H, W] (n > 0).

    model: in eval mode and on `device`. size: side in pixels to which pictures are resized, with
    antialias; nothing is clipped. batch: how many the network always sees at once: a short batch
    is filled up with copies, so that batch mates do not change how convolutions round. tell: is
    called with the number of pictures that each batch has done.
    """
    said = []
    with arithmetic("float32"), room_for(batch, device):
        for start in range(0, len(images), batch):
            some = images[start : start + batch]
            filled = some[torch.arange(batch) % len(some)].to(device, torch.float32)
            said.append(model(squash(filled, size))[: len(some)].float().cpu())
            tell(len(some))
    return torch.cat(said).numpy()
