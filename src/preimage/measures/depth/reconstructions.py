"""How near a reconstruction is to its photo: in the layer it was made from, in pixels, to the eye.

Code C to H, of the page "Input Representations and Depth". Distances are Euclidean, over all
elements: m_r = |O(a) - O(a')| of the photo a and the photo with noise a', m_g = |O(a) - O(a_g)| of
its reconstruction a_g, and m_i = |a - a_g|.

The noise of a' has a random stream of its own, or a descent that starts from the same noise would
be compared with its own start. m_r is the median of several a'.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from preimage.descent.blur import blurred, kernels
from preimage.descent.descend import start_image
from preimage.descent.layers import Extractor
from preimage.descent.recipe import Recipe
from preimage.device import room_for
from preimage.measures.depth.clearness import (
    band_correlation,
    edges,
    nearer_noise,
    resolution,
)
from preimage.networks.noise import DEVIATION, MEAN
from preimage.photos import squash
from preimage.precision import arithmetic, image_dtype

NOISES = {"25": 1 / 25, "18": 1 / 18}  # standard deviations of the page and of later code
DRAWS = 8  # of a', of which a distance is the median

TOGETHER = 7 + 2 * (DRAWS + 1)  # pictures that pass the network at once, where there is a blur

_NEIGHBOURS, _WHITE = 1, 2  # streams of random numbers beside that of the start
_POOLED = 4  # pixels a side, as the stem of a ResNet reduces them


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
        with arithmetic(self._precision), room_for(TOGETHER, self.device):
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
        noise = _normal(_NEIGHBOURS, seed, DRAWS + 1, photo).to(photo.dtype)
        start = squash(start, photo.shape[-1])
        groups = {
            **{name: photo + deviation * noise for name, deviation in NOISES.items()},
            "start": start[None],
            "made": image[None].to(photo.dtype),
            "blur": self._blurred(photo, noise[0], seed),
        }
        seen = extract(torch.cat([photo[None], *groups.values()]).to(self.device))[self.layer]
        moved = _median(_lengths(noise))
        first, *parts = seen.double().cpu().split([1, *map(len, groups.values())])
        away = dict(zip(groups, parts, strict=True))
        found = {name: _lengths(part - first) for name, part in away.items() if name != "blur"}
        return {
            **{f"m_r_{name}": _median(found[name]) for name in NOISES},
            "m_r_25_again": found["25"][DRAWS].item(),
            **{f"shift_{name}": deviation * moved for name, deviation in NOISES.items()},
            "m_g_start": found["start"].item(),
            "m_g": found["made"].item(),
            "activations": first.numel(),
            "m_i_start": (photo - start).double().norm().item(),
            "m_i": (photo - image).double().norm().item(),
            **_by_blur(first[0], *away["25"][:1], away["blur"]),
        }

    def _blurred(self, photo: Tensor, noise: Tensor, seed: int) -> Tensor:
        """Return what shows how much a blur, the recipe's first, changes: none without one.

        The photo blurred; white noise as networks learn it, with the noise of a', and blurred.
        """
        if not (sigma := self.recipe.octaves[0].sigma):
            return photo.new_empty(0, *photo.shape)
        white = MEAN + DEVIATION * _normal(_WHITE, seed, 1, photo)[0].to(photo.dtype)
        plain = torch.stack([white, white + NOISES["25"] * noise])
        both = torch.stack([photo, white])
        soft = blurred(both, kernels(sigma[:1], both)[0])
        return torch.stack([soft[0], *plain, soft[1]])

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


def _normal(stream: int, seed: int, count: int, like: Tensor) -> Tensor:
    """Return noise N(0, 1) [count, 3, S, S] of one of the streams of a seed."""
    first = np.random.SeedSequence([stream, seed]).generate_state(1).item()
    return torch.randn(count, *like.shape, generator=torch.Generator().manual_seed(first))


def _median(lengths: Tensor) -> float:
    return float(np.median(lengths[:DRAWS]))


def _lengths(vectors: Tensor) -> Tensor:
    return vectors.double().flatten(1).norm(dim=1)


def _by_blur(photo: Tensor, noisy: Tensor, seen: Tensor) -> dict[str, float]:
    """Return how far a blur moves a photo and white noise, over how far a little noise does."""
    if not len(seen):
        return {"blur_photo": float("nan"), "blur_noise": float("nan")}
    blurred_photo, white, noisy_white, blurred_white = seen

    def ratio(one: Tensor, other: Tensor, near: Tensor) -> float:
        return ((one - other).norm() / (one - near).norm()).item()

    return {
        "blur_photo": ratio(photo, blurred_photo, noisy),
        "blur_noise": ratio(white, blurred_white, noisy_white),
    }


def _to_the_eye(photo: Tensor, image: Tensor) -> dict[str, float]:
    """Return how like the photo the image is as it is seen, which is clipped to 0 .. 1.

    PSNR in dB, SSIM, the same of the photo averaged over squares of _POOLED pixels, and what
    `clearness` measures.
    """
    seen, wanted = image.clamp(0, 1).double().numpy(), photo.clamp(0, 1).double().numpy()
    with np.errstate(divide="ignore"):  # the same picture: infinitely many dB
        psnr = peak_signal_noise_ratio(wanted, seen, data_range=1)
    ssim = partial(structural_similarity, wanted, channel_axis=0, data_range=1)
    return {
        "psnr": float(psnr),
        "ssim": float(ssim(seen)),
        "ssim_pooled": float(ssim(_pooled(torch.from_numpy(wanted)).numpy())),
        "resolution": resolution(wanted, seen),
        "edges": edges(wanted, seen),
        "band": band_correlation(wanted, seen),
        "nearer_noise": nearer_noise(wanted, image.double().numpy(), DEVIATION),
    }


def _pooled(photo: Tensor) -> Tensor:
    small = avg_pool2d(photo[None], min(_POOLED, photo.shape[-1]), ceil_mode=True)
    return interpolate(small, photo.shape[-2:], mode="bilinear")[0]
