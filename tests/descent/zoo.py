"""Networks of torchvision with weights that do something, and images for them."""

import functools
import warnings

import torch
import torchvision
from torch import nn


def seeded(build, **options):
    """Return a network in eval mode with weights, and BatchNorms that do something."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = build(**options)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d) and module.track_running_stats:
            module.running_mean.normal_(std=0.3)
            module.running_var.uniform_(0.5, 2)
            if module.affine:
                nn.init.normal_(module.weight, 1, 0.2)
                nn.init.normal_(module.bias, 0, 0.3)
    return model.eval()


@functools.cache
def zoo(name, **options):
    """Return a classifier of five classes; shared by tests, so they change a copy of it only."""
    if name == "densenet":
        return seeded(torchvision.models.DenseNet, num_classes=5, block_config=(2, 2))
    return seeded(getattr(torchvision.models, name), num_classes=5, **options)


def images(side=32, count=2):
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))


def close(one, other):
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5 * float(other.abs().max()))
