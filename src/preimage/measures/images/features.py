"""A network's features of finished pictures: what goes into its last weights."""

import torch
from torch import Tensor, nn

from preimage.descent.layers import Extractor, before_last_weights


class Features(nn.Module):
    """Maps pictures [B, 3, S, S] to features [B, F]; of maps the mean over their positions.

    side: S, in pixels.
    """

    def __init__(self, model: nn.Module, side: int, device: str | torch.device = "cpu") -> None:
        super().__init__()
        self.layer = before_last_weights(model, side)
        self._extract = Extractor(model, [self.layer], device=device)

    def forward(self, images: Tensor) -> Tensor:
        """Return the features of `images`."""
        found = self._extract(images)[self.layer]
        return found if found.ndim == 2 else found.flatten(2).mean(dim=2)
