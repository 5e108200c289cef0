"""How near a reconstruction is to its photo: in the layer it was made from, in pixels, to the eye.

Code C to H, of the page "Input Representations and Depth". Distances are Euclidean, over all
elements: m_r = |O(a) - O(a')| of the photo a and the photo with noise a', m_g = |O(a) - O(a_g)| of
its reconstruction a_g, and m_i = |a - a_g|.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor, nn

from preimage.descent.descend import start_image
from preimage.descent.layers import Extractor
from preimage.descent.recipe import Recipe
from preimage.device import room_for
from preimage.photos import squash
from preimage.precision import arithmetic, image_dtype

NOISES = {"m_r_25": 1 / 25, "m_r_18": 1 / 18}  # standard deviations of the page and of later code


@dataclass(frozen=True)
class Ruler:
    """Measures reconstructions that one recipe made from one layer of a network.

    pictures: the one that the recipe starts from, by its name, if it starts from one.

    What is measured does not depend on what else is: a photo, its noisy neighbours, the start and
    the reconstruction always pass the network together, without others.
    """

    model: nn.Module
    layer: str
    recipe: Recipe
    device: torch.device
    pictures: Mapping[str, Tensor] = field(default_factory=dict)

    def __call__(
        self, items: Iterable[tuple[Tensor, Tensor, int]]
    ) -> Iterable[dict[str, float | int]]:
        """Yield the measures, columns of RECONSTRUCTIONS, of each photo, reconstruction and seed.

        Photos [3, H, W] are squashed to the side S of the reconstructions [3, S, S].
        """
        extract = Extractor(self.model, [self.layer], precision=self._precision, device=self.device)
        with arithmetic(self._precision), room_for(5, self.device):
            for photo, image, seed in items:
                squashed = squash(photo.to(image_dtype(self._precision)), image.shape[-1])
                start = self._start(seed)
                yield {
                    **self._distances(extract, squashed, image, start, seed),
                    **self._first_gradient(extract, squashed, start),
                    **_to_the_eye(squashed, image),
                }

    @property
    def _precision(self) -> str:
        """The arithmetic of the measures: coarser ones could not tell small distances."""
        return "float64" if self.recipe.precision == "float64" else "float32"

    def _start(self, seed: int) -> Tensor:
        size, generator = self.recipe.octaves[0].size, torch.Generator().manual_seed(seed)
        return start_image(self.recipe.start, size, generator, self.pictures)

    @torch.no_grad()
    def _distances(
        self, extract: Extractor, photo: Tensor, image: Tensor, start: Tensor, seed: int
    ) -> dict[str, float | int]:
        noise = torch.randn(photo.shape, generator=torch.Generator().manual_seed(seed))
        noisy = [photo + noise * deviation for deviation in NOISES.values()]
        start = squash(start, photo.shape[-1])
        seen = extract(torch.stack([photo, *noisy, start, image]).to(self.device, photo.dtype))
        first, *others = seen[self.layer].double().cpu()
        names = [*NOISES, "m_g_start", "m_g"]
        apart = {n: (first - other).norm().item() for n, other in zip(names, others, strict=True)}
        return apart | {
            "activations": first.numel(),
            "m_i_start": (photo - start).double().norm().item(),
            "m_i": (photo - image).double().norm().item(),
        }

    def _first_gradient(self, extract: Extractor, photo: Tensor, start: Tensor) -> dict[str, float]:
        """Return mean and deviation of the gradient of the loss, an L1 distance, at the start."""
        leaf = start[None].to(self.device, photo.dtype).requires_grad_()
        with torch.no_grad():
            wanted = extract(squash(photo, start.shape[-1])[None].to(self.device))[self.layer]
        loss = self.recipe.loss.scale * (extract(leaf)[self.layer] - wanted).abs().sum()
        gradient = torch.autograd.grad(loss, leaf)[0].double()
        return {
            "gradient_mean": gradient.mean().item(),
            "gradient_std": gradient.std().item(),
        }


def _to_the_eye(photo: Tensor, image: Tensor) -> dict[str, float]:
    """Return PSNR in dB and SSIM of what is seen, which is clipped to 0 .. 1."""
    seen, wanted = image.clamp(0, 1).double().numpy(), photo.clamp(0, 1).double().numpy()
    with np.errstate(divide="ignore"):  # the same picture: infinitely many dB
        psnr = peak_signal_noise_ratio(wanted, seen, data_range=1)
    ssim = structural_similarity(wanted, seen, channel_axis=0, data_range=1)
    return {"psnr": float(psnr), "ssim": float(ssim)}
