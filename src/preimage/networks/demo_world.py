"""Pictures of the demo world, drawn from a seed.

A picture shows one shape, in one colour and one texture, on a background of no meaning. Place,
size, rotation, tint, background, light and noise vary from picture to picture.
"""

from collections.abc import Callable
from math import cos, pi, sin

import torch
from torch import Tensor

from preimage.networks.world import World


def _circle(points: Tensor) -> Tensor:
    return _radius(points) - 0.9


def _ring(points: Tensor) -> Tensor:
    return (_radius(points) - 0.7).abs() - 0.3


def _radius(points: Tensor) -> Tensor:
    return torch.hypot(*points.unbind(1))  # many times faster than points.norm(dim=1)


def _square(points: Tensor) -> Tensor:
    return points.abs().amax(dim=1) - 0.82


def _cross(points: Tensor) -> Tensor:
    x, y = points.abs().unbind(1)
    return torch.maximum(torch.maximum(x, y) - 1, torch.minimum(x, y) - 0.37)


def _pointed(tips: int, notch: float, reach: float) -> Callable[[Tensor], Tensor]:
    """Return the distance to a figure with so many tips, each at `reach` from the centre.

    Half-way between two tips the outline comes in to `notch` times `reach`: a star, or the
    polygon with straight sides where `notch` is the cosine of half the angle between two tips.
    """
    half = pi / tips
    along, across = notch * cos(half) - 1, notch * sin(half)
    length = (along**2 + across**2) ** 0.5

    def distance(points: Tensor) -> Tensor:
        x, y = points.unbind(1)
        angle = torch.atan2(x, y)  # from straight up, where the first tip is
        folded = (torch.remainder(angle + half, 2 * half) - half).abs()
        radius = _radius(points)
        forward, sideways = radius * folded.cos() - reach, radius * folded.sin()
        return (forward * across - sideways * along) / length

    return distance


def _plain(points: Tensor) -> Tensor:
    return torch.ones_like(points[:, 0])


def _striped(points: Tensor) -> Tensor:
    return _from_lattice(points[:, 1] + 0.25, 0.5) - 0.12


def _dotted(points: Tensor) -> Tensor:
    rows = torch.div(points[:, 1], 0.44, rounding_mode="floor")
    x = _from_lattice(points[:, 0] + 0.25 * rows, 0.5)
    return torch.hypot(x, _from_lattice(points[:, 1], 0.44)) - 0.15


def _checked(points: Tensor) -> Tensor:
    x, y = (_from_lattice(points[:, axis], 0.9) - 0.225 for axis in (0, 1))
    return torch.maximum(torch.minimum(x, -y), torch.minimum(y, -x))


def _from_lattice(position: Tensor, period: float) -> Tensor:
    """Return how far each number is from the nearest odd multiple of half a `period`."""
    return (torch.remainder(position, period) - period / 2).abs()


# Shapes and textures are signed distances, negative inside (in the ink), from points whose unit is
# the size of the shape: [B, 2, H, W] -> [B, H, W].
SHAPES = {
    "circle": _circle,
    "square": _square,
    "triangle": _pointed(3, cos(pi / 3), 1.2),
    "star": _pointed(5, 0.4, 1.2),
    "cross": _cross,
    "ring": _ring,
    "hexagon": _pointed(6, cos(pi / 6), 1.0),
}
COLOURS = {
    "red": (0.86, 0.12, 0.12),
    "green": (0.10, 0.66, 0.20),
    "blue": (0.12, 0.25, 0.88),
    "yellow": (0.96, 0.82, 0.10),
    "purple": (0.55, 0.15, 0.75),
    "cyan": (0.10, 0.75, 0.85),
}
TEXTURES = {"plain": _plain, "striped": _striped, "dotted": _dotted, "checked": _checked}


class _Dice:
    """Uniform random numbers for a batch: each picture has a generator of its own.

    So neither its batch mates nor the size in pixels change what a picture shows.
    """

    def __init__(self, count: int, generator: torch.Generator) -> None:
        seeds = torch.randint(2**63 - 1, (count,), generator=generator)
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds.tolist()]

    def __call__(self, low: float, high: float, *shape: int) -> Tensor:
        rolls = torch.stack([torch.rand(shape, generator=each) for each in self.generators])
        return low + (high - low) * rolls


def batch(world: World, count: int, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw pictures of random classes: ([count, 3, size, size] in [0, 1], labels [count])."""
    labels = torch.randint(len(world.classes), (count,), generator=generator)
    return draw(world, labels, size, generator), labels


def draw(world: World, labels: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """Draw one picture of each class in `labels` [B]: RGB in [0, 1], [B, 3, size, size].

    `generator` (on the CPU) gives each picture, in turn, one number that decides all about it.
    """
    counts = (len(world.shapes), len(world.colours), len(world.textures))
    shape, colour, texture = torch.unravel_index(labels, counts)
    dice = _Dice(len(labels), generator)
    plane = _plane(size)
    picture = _background(dice, plane)
    points, pixel = _place(dice, plane)
    outline = _choose([SHAPES[name] for name in world.shapes], shape, points)
    pattern = _choose([TEXTURES[name] for name in world.textures], texture, points)
    paints = torch.tensor([COLOURS[name] for name in world.colours])[colour, :, None, None]
    paint = paints + dice(-0.08, 0.08, 3, 1, 1)
    ink = dice(0.88, 1.0, 3, 1, 1)
    picture = picture.lerp(paint, _cover(outline, pixel))
    # A rim without texture keeps the shape visible where background and ink look alike.
    picture = picture.lerp(ink, _cover(torch.maximum(pattern, outline + 0.13), pixel))
    light = dice(0.8, 1.1, 1, 1, 1)
    noise = dice(0, 0.08, 1, 1, 1) * dice(-1, 1, 3, size, size)
    return (picture * light + noise).clamp(0, 1)


def _plane(size: int) -> Tensor:
    """Return x (to the right) and y (upwards) of the pixels, [2, size, size] in (-1, 1)."""
    steps = (torch.arange(size) * 2 + 1) / size - 1
    return torch.stack(torch.meshgrid(steps, -steps, indexing="xy"))


def _background(dice: _Dice, plane: Tensor) -> Tensor:
    """Blend two soft colours, from near black to near white, along a bent front."""
    grey, other = dice(0.1, 1.0, 1, 1, 1), dice(-0.3, 0.3, 1, 1, 1)
    near, far = grey + dice(-0.12, 0.12, 3, 1, 1), grey + other + dice(-0.12, 0.12, 3, 1, 1)
    angle, bend = dice(0, 2 * pi, 1, 1), dice(-0.6, 0.6, 1, 1)
    x, y = plane
    along = x * angle.cos() + y * angle.sin()
    aside = y * angle.cos() - x * angle.sin()
    return near.lerp(far, torch.sigmoid(3 * (along + bend * aside**2))[:, None])


def _place(dice: _Dice, plane: Tensor) -> tuple[Tensor, Tensor]:
    """Return the pixels as points of the shape's own plane, and the size of a pixel in it."""
    radius, turn = dice(0.6, 0.8, 1, 1, 1), dice(-0.2, 0.2, 1, 1)
    x, y = ((plane - dice(-0.15, 0.15, 2, 1, 1)) / radius).unbind(1)
    points = [x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos()]
    return torch.stack(points, dim=1), 2 / plane.shape[-1] / radius


def _choose(functions: list[Callable[[Tensor], Tensor]], which: Tensor, points: Tensor) -> Tensor:
    """Apply to each item of `points` the function that `which` names: [B, 1, H, W]."""
    values = torch.stack([function(points) for function in functions])
    return values[which, torch.arange(len(which))][:, None]


def _cover(distance: Tensor, pixel: Tensor) -> Tensor:
    """Return how much of each pixel lies inside, 0 .. 1: edges are smooth."""
    return (0.5 - distance / pixel).clamp(0, 1)
