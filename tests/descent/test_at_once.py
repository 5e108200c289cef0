"""A batch that is `auto`: as many as pay and fit, and the pictures that any batch gives."""

import dataclasses

import pytest
import torch
from descents import PHOTOS, Toy, made, parse, recipe, same_bytes
from torch import nn

from preimage.batches import AUTO, Room
from preimage.descent import descend as descending
from preimage.descent.at_once import held, largest, passing, read, reading_of, step_of
from preimage.descent.descend import descend
from preimage.descent.layers import Extractor
from preimage.descent.octave import Steps
from preimage.descent.recipe import Octave
from preimage.device import room_of
from preimage.errors import UserError
from preimage.measures.images import judging
from preimage.measures.images.judging import judge
from preimage.operations import counted

LINES = [f"toy:logits[{i % 6}]" for i in range(9)]
MIX = [*LINES, "match(toy:conv2, photo, L1)", "match(toy:conv2, cat, L1)"]
HOW = recipe(iterations=6, sigma=(1.0, 0.5))


@pytest.fixture
def room(monkeypatch):
    """Return a function that says for how many images there is room."""

    def give(images, line="toy:logits[0]", how=HOW):
        step = taken(line, how)
        one = Room(images * step.flops, 1e12)
        for module in (descending, judging):
            monkeypatch.setattr(module, "room_of", lambda *_: one)

    return give


def taken(line, how=HOW, model=None):
    objective = parse(line)
    layers = [part.layer for part in objective.parts]
    reader = Extractor(model or Toy(1), layers, precision=how.precision)
    return step_of(objective, how, {"toy": reader}, PHOTOS, "cpu")


def test_pictures_are_those_of_the_number_that_it_becomes(networks, room):
    room(4)  # so nine are three times three
    found = made(LINES, networks, HOW, batch=AUTO)
    assert {one.batch for one in found} == {3}
    for ours, wanted in zip(found, made(LINES, networks, HOW, batch=3), strict=True):
        same_bytes(ours, wanted)
        assert ours.batch == wanted.batch


def test_and_to_rounding_those_of_any_other(networks):
    """On a real CPU, by what there is room for; alone, and in the company of other kinds."""
    found = made(MIX, networks, HOW, batch=AUTO)
    assert [one.batch for one in found] == [9] * 9 + [2] * 2
    for ours, alone in zip(found, made(MIX, networks, HOW, batch=1), strict=True):
        torch.testing.assert_close(ours.image, alone.image, rtol=1e-4, atol=1e-5)


def test_each_kind_has_a_number_of_its_own(networks, room):
    room(2)
    found = made(MIX, networks, HOW, batch=AUTO)
    assert {one.batch for one in found[:9]} == {2}
    assert found[-1].batch in (1, 2)


def test_what_is_counted_is_the_largest_step(networks):
    octaves = tuple(Octave(side, 3, (0.1, 0.1)) for side in (16, 48, 32))
    how = dataclasses.replace(HOW, octaves=octaves)
    assert largest(how).side == 48
    alone = dataclasses.replace(HOW, octaves=octaves[1:2])
    line = "toy:logits[0]"
    assert taken(line, how) == taken(line, alone)
    smaller = dataclasses.replace(HOW, octaves=octaves[2:])
    assert taken(line, how).flops == pytest.approx(48**2 / 32**2 * taken(line, smaller).flops, 0.01)


def test_a_shallow_layer_takes_less():
    deep, shallow = taken("toy:logits[0]"), taken("toy:conv1[0]")
    assert 0 < shallow.flops < deep.flops
    assert shallow.held < deep.held


def test_half_the_bytes_are_half_the_memory(resnet):
    whole, half = (
        taken("toy:logits[0]", dataclasses.replace(HOW, precision=precision), resnet)
        for precision in ("float32", "bfloat16")
    )
    assert half.flops == whole.flops
    assert half.held == pytest.approx(whole.held / 2, rel=0.2)


def test_what_is_counted_on_a_device_is_what_is_counted_without_values():
    """As `preimage cost` does, which so knows how many a job will take."""
    model = Toy(1).to("meta")
    reader = Extractor(model, ["logits"], device="meta")
    reader.layouts(16)
    image = torch.empty(1, 3, 16, 16, device="meta").contiguous(memory_format=torch.channels_last)
    image.requires_grad_()
    bare = counted(lambda: (reader(image)["logits"][:, 0]).sum().backward())
    real = taken("toy:logits[0]")
    assert real.flops == bare.flops
    assert real.held == bare.held


def test_images_count_beside_what_a_gradient_needs():
    wide = dataclasses.replace(HOW, octaves=(Octave(512, 3, (0.1, 0.1), crop=16),))
    step = taken("toy:logits[0]", wide)
    assert held(wide, step) - step.held == 4 * 3 * 512**2 * 4


def test_a_descent_goes_on_with_the_number_that_it_began_with(networks, room):
    """Wherever: on another device, the bits would be others in the midst of a descent."""
    room(4)
    whole = made(LINES, networks, HOW, batch=AUTO)
    states = []
    descend(
        [parse(line) for line in LINES], HOW, networks,
        pictures=PHOTOS, batch=AUTO, callback=lambda step: states.append(step.state()),
    )  # fmt: skip
    room(1)
    for state in (states[3], states[8]):
        again = descend(
            [parse(line) for line in LINES], HOW, networks,
            pictures=PHOTOS, batch=AUTO, state=state,
        )  # fmt: skip
        for ours, wanted in zip(again, whole, strict=True):
            same_bytes(ours, wanted)


@pytest.mark.parametrize("batch", ["all", "8", 0, -1])
def test_no_other_word_will_do(networks, batch):
    with pytest.raises(UserError, match=f"batch is {batch}: give 1 or more .*, or auto"):
        made(LINES, networks, HOW, batch=batch)


@pytest.mark.parametrize(
    ("images", "batch", "said"),
    [
        (2, 8, "cpu has not the memory for 8 images at once: set batch to 2, or to auto"),
        (1, AUTO, "cpu has not the memory for a single image at once: let octaves be smaller"),
        (64, 8, "set batch to 4, or less, or free memory that others use"),
    ],
)
def test_where_memory_ends_a_batch_is_named_that_will_do(
    networks, monkeypatch, images, batch, said
):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    memory = 2 * images * held(HOW, taken(LINES[0]))
    for place in ("preimage.device.room_of", "preimage.descent.descend.room_of"):
        monkeypatch.setattr(place, lambda *_: Room(1e12, memory))
    monkeypatch.setattr(Steps, "__call__", full)
    with pytest.raises(UserError, match=said):
        made(LINES, networks, HOW, batch=batch)


def test_so_it_is_where_not_even_one_can_be_proven(networks, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Extractor, "check", full)
    with pytest.raises(UserError, match="has not the memory for a single image"):
        made(LINES[:1], networks, HOW)


# Pictures that are judged.


class Seeing(nn.Module):
    """Notes how many images it sees at once."""

    def __init__(self):
        super().__init__()
        self.toy, self.seen = Toy(1), []

    def forward(self, images):
        self.seen.append(len(images))
        return self.toy(images)


IMAGES = torch.rand(10, 3, 16, 16, generator=torch.Generator().manual_seed(3))


def test_who_judges_sees_as_many_as_pay(monkeypatch):
    model = Seeing()
    one = reading_of(model, 16, "cpu")
    monkeypatch.setattr(judging, "room_of", lambda *_: Room(4 * one.flops, 1e12))
    found = judge(model, IMAGES, 16, batch=AUTO)
    judge(model, IMAGES[:3], 16, batch=AUTO)
    assert model.seen == [1, 4, 4, 4, 3], "one is counted, once"
    torch.testing.assert_close(found, judge(model, IMAGES, 16, batch=1), rtol=1e-5, atol=1e-6)


def test_and_as_many_as_fit():
    one = reading_of(Toy(1), 16, "cpu")
    assert read(one, 100, Room(1e12, 2 * 8 * passing(one))) == 8
    assert read(one, 100, room_of("cpu")) == 100


def test_where_memory_ends_for_who_judges(monkeypatch):
    def full(images):
        if len(images) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return images.mean((2, 3)) @ torch.ones(3, 4)

    one = reading_of(full, 16, "cpu")
    monkeypatch.setattr("preimage.device.room_of", lambda *_: Room(1e12, 2 * 4 * passing(one)))
    with pytest.raises(UserError, match="not the memory for 8 images at once: set batch to 4"):
        judge(full, IMAGES, 16)
