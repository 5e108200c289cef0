"""Short descents on small networks, to try one thing at a time."""

import dataclasses

import torch
from torch import nn

from preimage.descent.descend import descend
from preimage.descent.objective import Objective
from preimage.descent.recipe import Octave, Recipe

parse = Objective.parse
SIDE = 16


class Toy(nn.Module):
    """Two convolutions and a linear head; `scale` multiplies its output and its gradients."""

    def __init__(self, seed, scale=1.0):
        super().__init__()
        torch.manual_seed(seed)
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
        self.fc = nn.Linear(8, 6)
        self.scale = scale

    def forward(self, images):
        maps = self.relu(self.conv2(self.relu(self.conv1(images))))
        return self.fc(maps.mean((2, 3))) * self.scale


def recipe(**changes):
    """Return a short gentle recipe; changes are of the recipe or of its one octave."""
    mine = {f.name for f in dataclasses.fields(Recipe)}
    octave = {"size": SIDE, "iterations": 5, "lr": (0.5, 0.5)}
    octave |= {key: value for key, value in changes.items() if key not in mine}
    whole = {key: value for key, value in changes.items() if key in mine}
    return Recipe(**({"octaves": (Octave(**octave),)} | whole))


def one(objective, networks, how=None, **options):
    (found,) = descend([parse(objective)], how or recipe(), networks, **{"batch": 1} | options)
    return found


def picture(seed=5, side=24):
    return torch.rand(3, side, side, generator=torch.Generator().manual_seed(seed))


PHOTOS = {"photo": picture(1), "cat": picture(2)}


def made(lines, networks, how, seeds=999, batch=4):
    found = descend(
        [parse(line) for line in lines], how, networks, seeds=seeds, pictures=PHOTOS, batch=batch
    )
    assert [str(item.objective) for item in found] == lines
    return found


def same_bytes(one, other):
    assert torch.equal(one.image, other.image)
    assert torch.equal(one.loss, other.loss)
    assert torch.equal(one.gradient, other.gradient)
    assert one.status == other.status
