"""A descent as one writes it first: an image at a time, nothing made beforehand.

Slow, and what the library gives must have its bits.
"""

import math

import torch
from torchvision.transforms.functional import gaussian_blur

from preimage.descent.descend import start_image
from preimage.descent.layers import Extractor
from preimage.descent.value import Value
from preimage.photos import squash
from preimage.precision import arithmetic, image_dtype, lengths


def plainly(objectives, recipe, networks, *, seeds, pictures):
    """Return the images after each step [B, 3, S, S], and losses and gradients [iterations, B]."""
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    size = recipe.octaves[0].size
    starts = [start_image(recipe.start, size, g, pictures) for g in generators]
    images = torch.stack(starts).to(image_dtype(recipe.precision))
    images = images.contiguous(memory_format=torch.channels_last)
    wanted = {}
    for part in objectives[0].parts:
        wanted.setdefault(part.network, []).append(part.layer)
    readers = {
        n: Extractor(networks[n], ls, precision=recipe.precision) for n, ls in wanted.items()
    }
    steps, losses, gradients = [], [], []
    with arithmetic(recipe.precision):
        for octave in recipe.octaves:
            images = squash(images, octave.size)
            value = Value(objectives, readers, pictures, octave.side)
            jitter = [drawn(octave, generator) for generator in generators]
            for i, (lr, sigma) in enumerate(octave.schedule()):
                corners = [offsets[i] for offsets in jitter]
                crop = cut(images, corners, octave.crop)
                leaf = crop.detach().requires_grad_()
                loss = recipe.loss.scale * (recipe.loss.ceiling - value(leaf).value)
                (gradient,) = torch.autograd.grad(loss.sum(), leaf)
                losses.append(loss.detach())
                gradients.append(lengths(gradient))
                crop = crop - lr * (normalised(gradient) if recipe.normalised else gradient)
                if sigma and recipe.blur == "crop":
                    crop = gaussian_blur(crop, 3, sigma)
                images = paste(images, crop, corners, octave.crop)
                if sigma and recipe.blur == "image":
                    images = gaussian_blur(images, 3, sigma)
                steps.append(images)
    return steps, torch.stack(losses), torch.stack(gradients)


def normalised(gradient):
    scale = lengths(gradient) / math.sqrt(gradient[0].numel())
    return gradient / torch.where(scale > 0, scale, torch.ones_like(scale)).view(-1, 1, 1, 1)


def drawn(octave, generator):
    """Return the corner (top, left) of each iteration's crop."""
    if octave.crop is None:
        return [(0, 0)] * octave.iterations
    room = octave.size - octave.crop + 1
    return torch.randint(room, (octave.iterations, 2), generator=generator).tolist()


def cut(images, corners, crop):
    if crop is None:
        return images
    crops = [
        image[:, top : top + crop, left : left + crop]
        for image, (top, left) in zip(images, corners, strict=True)
    ]
    return torch.stack(crops).contiguous(memory_format=torch.channels_last)


def paste(images, crops, corners, crop):
    if crop is None:
        return crops
    images = images.clone()
    for image, piece, (top, left) in zip(images, crops, corners, strict=True):
        image[:, top : top + crop, left : left + crop] = piece
    return images
