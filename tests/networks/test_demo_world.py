"""The demo world shows what its class names say, and nothing but the seed decides a picture."""

import pytest
import torch

from preimage.errors import UserError
from preimage.networks import demo_world
from preimage.networks.demo_world import batch, draw
from preimage.networks.world import COLOURS, SHAPES, TEXTURES, World

LARGEST = World(SHAPES, COLOURS, TEXTURES)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures_of(world, labels, size=32, seed=0):
    return draw(world, torch.as_tensor(labels), size, seeded(seed))


# --- classes and factors


def test_every_combination_of_factors_is_one_class():
    world = World(("ring", "star"), ("red", "blue"), ("plain", "dotted", "striped"))
    assert len(world.classes) == len(set(world.classes)) == 2 * 2 * 3
    assert world.classes[:4] == [
        "red plain ring",
        "red dotted ring",
        "red striped ring",
        "blue plain ring",
    ]


def test_the_factors_of_a_class_are_the_words_of_its_name():
    for index, name in enumerate(LARGEST.classes):
        factors = LARGEST.factors(index)
        assert name == f"{factors['colour']} {factors['texture']} {factors['shape']}"
        assert factors["shape"] in SHAPES
        assert factors["colour"] in COLOURS
        assert factors["texture"] in TEXTURES


def test_worlds_are_values_whatever_sequence_they_came_from():
    assert World(shapes=["ring", "star"]) == World(shapes=("ring", "star"))
    assert hash(World()) == hash(World())


def test_every_known_name_can_be_drawn():
    assert set(demo_world.SHAPES) == set(SHAPES)
    assert set(demo_world.COLOURS) == set(COLOURS)
    assert set(demo_world.TEXTURES) == set(TEXTURES)


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"shapes": ["star", "squre"]}, "shapes have 'squre'.*did you mean square.*known are"),
        ({"colours": ["pink"]}, "colours have 'pink'.*known are red, green"),
        ({"textures": []}, "textures are .*at least one"),
        ({"colours": ["red", "red"]}, "colours are .*none twice"),
    ],
)
def test_factors_that_make_no_world_are_refused(factors, message):
    with pytest.raises(UserError, match=message):
        World(**factors)


# --- what decides a picture


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not():
    pictures, labels = batch(World(), 8, 32, seeded())
    again, labels_again = batch(World(), 8, 32, seeded())
    assert torch.equal(pictures, again)
    assert torch.equal(labels, labels_again)
    assert not torch.equal(pictures, batch(World(), 8, 32, seeded(1))[0])


def test_batch_mates_never_change_a_picture():
    full = pictures_of(World(), [5, 0, 17, 35, 8])
    assert torch.equal(pictures_of(World(), [5]), full[:1])
    other = pictures_of(World(), [5, 9, 17])
    assert torch.equal(other[[0, 2]], full[[0, 2]])
    assert not torch.equal(other[1], full[1])


def test_the_global_generator_neither_matters_nor_moves():
    before = torch.random.get_rng_state()
    first = pictures_of(World(), [1, 2])
    assert torch.equal(torch.random.get_rng_state(), before)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(12345)
        assert torch.equal(pictures_of(World(), [1, 2]), first)


def test_a_scene_is_the_same_at_every_size():
    small = pictures_of(World(), range(36), size=32)
    large = torch.nn.functional.avg_pool2d(pictures_of(World(), range(36), size=128), 4)
    assert (small - large).abs().mean() < 0.03  # noise alone gives about 0.02
    assert (small.roll(1, 0) - large).abs().mean() > 0.15


def test_pictures_of_one_class_differ():
    pictures = pictures_of(World(), [4] * 6)
    distances = torch.cdist(pictures.flatten(1), pictures.flatten(1)) / pictures[0].numel() ** 0.5
    assert distances[~torch.eye(6, dtype=torch.bool)].min() > 0.05


# --- what a picture shows


def test_values_are_colours():
    pictures = pictures_of(LARGEST, range(len(LARGEST.classes)), size=24)
    assert pictures.shape == (len(LARGEST.classes), 3, 24, 24)
    assert pictures.dtype == torch.float32
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    assert (pictures.flatten(1).std(1) > 0.05).all()  # none is empty


def test_the_colour_of_a_class_dominates_its_pictures():
    """Of two classes that differ in colour alone, each shows more of its own."""
    world = World(colours=("red", "green", "blue"))
    hues = {"red": 0, "green": 1, "blue": 2}
    pictures = pictures_of(world, torch.arange(36).repeat(10))
    excess = pictures - pictures.mean(1, keepdim=True)
    share = (excess > 0.15).float().mean((2, 3)).view(10, 36, 3).mean(0)
    for index in range(36):
        hue = hues[world.factors(index)["colour"]]
        assert share[index].argmax() == hue
        assert share[index, hue] > 0.08


def test_ink_appears_with_texture_only():
    """Pictures drawn from the same numbers differ in texture alone: ink brightens the inside."""
    world = World(("square",), ("blue",), ("plain", "striped", "dotted", "checked"))
    plain, *textured = (pictures_of(world, [texture] * 8) for texture in range(4))
    for pictures in textured:
        change = pictures - plain
        brighter = (change > 0.3).any(1).float().mean((1, 2))
        assert ((brighter > 0.03) & (brighter < 0.4)).all()
        assert change.min() > -0.05


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_fit_their_unit_and_are_filled(shape):
    """Every outline stays within 1.25 units of the centre and covers a fair part of the plane."""
    steps = torch.linspace(-2, 2, 201)
    plane = torch.stack(torch.meshgrid(steps, steps, indexing="xy"))[None]
    inside = demo_world.SHAPES[shape](plane)[0] < 0
    assert plane[0].square().sum(0)[inside].max().sqrt() < 1.25
    assert 1.0 < inside.float().mean() * 16 < 3.2  # the circle of radius 1 has 3.14


def test_edges_are_smooth():
    """A small picture is close to the mean of a fine one: no pixel is all or nothing."""
    plane = demo_world._plane(64)[None]
    cover = demo_world._cover(demo_world.SHAPES["star"](plane)[:, None], torch.tensor(2 / 64))
    assert ((cover > 0.05) & (cover < 0.95)).sum() > 50
    assert ((cover == 0) | (cover == 1)).float().mean() > 0.8


def test_backgrounds_reach_from_dark_to_light():
    corners = pictures_of(World(), [0] * 200)[:, :, -3:, -3:].mean((1, 2, 3))
    assert corners.quantile(0.1) < 0.3
    assert corners.quantile(0.9) > 0.7
