"""A network's features of finished pictures: what goes into its last weights."""

import torch
from torch import Tensor, nn

from preimage.descent.graphs import own_copy
from preimage.descent.hooks import LastInput
from preimage.descent.layers import Extractor, before_last_weights
from preimage.descent.objective import LOGITS
from preimage.networks.prepared import opened, prepare


class Features(nn.Module):
    """Maps pictures [B, 3, S, S] to features [B, F]; of maps the mean over their positions.

    The network says the same of a picture whatever is beside it, or making one is a UserError.
    """

    def __init__(self, model: nn.Module, side: int, device: str | torch.device = "cpu") -> None:
        super().__init__()
        self.layer = before_last_weights(model)
        self._extract = Extractor(model, [self.layer or LOGITS], device=device)
        self._extract.layouts(side)
        if self.layer is None:
            network = opened(model)
            self._expects = network.expects
            self._read = LastInput(own_copy(network.network).to(device))

    def forward(self, images: Tensor) -> Tensor:
        """Return the features of `images`."""
        if self.layer is None:
            found = self._read(prepare(images, self._expects))
        else:
            found = self._extract(images)[self.layer]
        return found if found.ndim == 2 else found.flatten(2).mean(dim=2)
