"""What a recipe makes of its start where nothing has a gradient: the reference of dead maps."""

import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from preimage.descent.descend import start_image
from preimage.descent.recipe import Recipe
from preimage.photos import squash


def untouched(recipe: Recipe, seed: int) -> Tensor:
    """Return the start noise [3, S, S] of a seed, resized and blurred as all octaves would.

    Where a recipe blurs its crops alone, the whole picture is blurred all the same. The start must
    not be a picture.
    """
    generator = torch.Generator().manual_seed(seed)
    image = start_image(recipe.start, recipe.octaves[0].size, generator, {})[None]
    for octave in recipe.octaves:
        image = squash(image, octave.size)
        for _, sigma in octave.schedule():
            image = gaussian_blur(image, 3, sigma) if sigma else image
    return image[0]
