"""Steps have the bits of plain ones, are as many operations for any batch, and never wait."""

from collections import Counter

import plainly
import pytest
import torch
from descents import PHOTOS, parse, recipe
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torchvision.transforms.functional import gaussian_blur

from preimage.descent.blur import blurred, kernels
from preimage.descent.crops import cut, paste, paste_pixels, places
from preimage.descent.descend import descend
from preimage.descent.frames import Frames
from preimage.descent.layers import Extractor
from preimage.descent.octave import Steps
from preimage.descent.recipe import Loss, Octave, Optimiser, Recipe, Start
from preimage.descent.value import Value

JITTERED = Octave(24, 6, (0.5, 0.1), (2.4, 0.4), crop=20)
WHOLE = Octave(24, 3, (0.5, 0.1), (1.0, 0.4))
GROWN = Octave(41, 5, (0.4, 0.1), (1.5, 0.4), crop=32)
LAST = Octave(48, 4, (0.2, 0.1))
MIX = ["toy:logits[0]", "toy:logits[3]", "toy:logits[1] - 2 * toy:logits[4]"]
LINES = {
    "classes": MIX,
    "two networks": [f"toy:logits[{i}] - other:logits[1]" for i in range(3)],
    "photos": ["match(toy:conv2, photo)", "match(toy:conv2, cat)", "match(toy:conv2, photo)"],
    "minima": [f"min(toy:logits[{i}], toy:logits[4])" for i in range(3)],
}


def grown(**changes):
    return Recipe((JITTERED, GROWN, LAST), **changes)


# The same bits


@pytest.mark.parametrize("of", LINES)
@pytest.mark.parametrize(
    "how",
    [
        Recipe((WHOLE,)),
        Recipe((LAST, WHOLE)),
        grown(),
        grown(blur="crop"),
        grown(normalised=True),
        grown(precision="float64"),
        grown(precision="bfloat16", blur="crop"),
        grown(loss=Loss(0.5, 200), start=Start("picture", picture="photo")),
    ],
    ids=[
        "whole",
        "smaller",
        "crops",
        "blur of crops",
        "normalised",
        "float64",
        "bfloat16",
        "photo",
    ],
)
def test_descents_have_the_bits_of_plain_ones(networks, of, how):
    given = {"seeds": [3, 4, 5], "pictures": PHOTOS}
    lines, told = [parse(line) for line in LINES[of]], []
    frames = Frames(3, how)
    found = descend(
        lines, how, networks, batch=3, **given,
        callback=lambda step: (told.append(step.images), frames(step)),
    )  # fmt: skip
    steps, losses, gradients = plainly.plainly(lines, how, networks, **given)
    assert all(torch.equal(ours, plain) for ours, plain in zip(told, steps, strict=True))
    for i, item in enumerate(found):
        assert torch.equal(item.image, steps[-1][i])
        assert torch.equal(item.loss, losses[:, i])
        assert torch.equal(item.gradient, gradients[:, i])
        shown = [steps[done - 1] for done in frames.steps]
        kept = [plainly.squash(images, how.octaves[-1].size)[i].float() for images in shown]
        assert torch.equal(torch.stack(frames.of(i)), torch.stack(kept))


@pytest.mark.parametrize("lie", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize(("size", "crop", "batch"), [(9, 4, 1), (16, 16, 3), (33, 20, 5)])
def test_crops_are_those_of_the_corners(size, crop, batch, lie):
    octave, seeds = Octave(size, 7, (1, 1), crop=crop), range(batch)
    drawn = [plainly.drawn(octave, torch.Generator().manual_seed(seed)) for seed in seeds]
    where = places(octave, [torch.Generator().manual_seed(seed) for seed in seeds])
    images = torch.rand(batch, 3, size, size).contiguous(memory_format=lie)
    for i in range(octave.iterations):
        corners = [offsets[i] for offsets in drawn]
        found, wanted = cut(images, where[i], crop), plainly.cut(images, corners, crop)
        assert torch.equal(found, wanted)
        assert found.is_contiguous(memory_format=torch.channels_last)
        new = torch.rand_like(found)
        wanted = plainly.paste(images, new, corners, crop)
        assert torch.equal(paste(new, images.clone(), where[i]), wanted)
        assert torch.equal(paste_pixels(new, images.clone(), where[i]), wanted)
    assert where[:, 1:].min() == 0
    assert where[:, 1:].max() <= size - crop


def test_without_a_crop_nothing_is_drawn():
    generator = torch.Generator().manual_seed(1)
    before = generator.get_state()
    assert places(WHOLE, [generator]) is None
    assert torch.equal(generator.get_state(), before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("lie", [torch.channels_last, torch.contiguous_format])
def test_a_blur_has_the_bits_of_torchvisions(dtype, lie):
    images = torch.rand(2, 3, 17, 17, dtype=dtype).contiguous(memory_format=lie)
    sigmas = [sigma for _, sigma in Octave(17, 300, (1, 1), (5.0, 0.01)).schedule()]
    ours = kernels(sigmas, images)
    assert all(
        torch.equal(blurred(images, kernel), gaussian_blur(images, 3, sigma))
        for kernel, sigma in zip(ours, sigmas, strict=True)
    )


# As many operations


def operations_of_a_step(lines, how, networks):
    """Return how many operations the third step of a descent is, of each kind, with all views."""
    seen = profile(activities=[ProfilerActivity.CPU])

    def watch(step):
        if step.done == 2:
            seen.start()
        if step.done == 3:
            seen.stop()

    objectives = [parse(line) for line in lines]
    descend(objectives, how, networks, pictures=PHOTOS, batch=len(lines), callback=watch)
    return Counter(event.name for event in seen.events() if event.name.startswith("aten::"))


ADAM = Optimiser("Adam", (0.9, 0.999))


@pytest.mark.parametrize("of", [*LINES, "levels"])
@pytest.mark.parametrize(
    "changes", [{}, {"blur": "crop", "normalised": True, "smooth": 1.2, "optimiser": ADAM}]
)
def test_a_step_takes_as_many_operations_for_any_batch(networks, of, changes):
    lines = (LINES | {"levels": [f"match(toy:conv2[{i}], 3, L2)" for i in range(3)]})[of]
    how = Recipe((Octave(24, 4, (0.5, 0.1), (2.4, 0.4), crop=20),), **changes)
    few, many = (operations_of_a_step(lines[:2] * n, how, networks) for n in (1, 4))
    assert few == many
    assert few["aten::index"] == (1 if how.blur == "image" else 2)  # of which one is for the blur
    assert few["aten::index_put_"] == few["aten::index"]
    assert "aten::exp" not in few  # of kernels


class NothingComesOrGoes(TorchDispatchMode):
    """Lets no operation touch a tensor that is not on the device; there is no value to wait for."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        given = func(*args, **(kwargs or {}))
        touched = [t for t in tree_leaves((args, kwargs, given)) if isinstance(t, torch.Tensor)]
        assert {t.device.type for t in touched} <= {"meta"}, func
        return given


@pytest.mark.parametrize(
    "changes",
    [{}, {"blur": "crop", "normalised": True, "smooth": 1.2, "colour": 0.5, "optimiser": ADAM}],
)
@pytest.mark.parametrize("line", [*(lines[0] for lines in LINES.values()), "toy@16:logits[1]"])
def test_a_step_waits_for_no_value_on_the_device(networks, line, changes):
    """On the device `meta` a tensor has no values, so whoever asks for one fails."""
    how = recipe(size=24, crop=20, sigma=(1.0, 0.5), **changes)
    (octave,), objective = how.octaves, parse(line)
    layers = {part.network: part.layer for part in objective.parts}
    readers = {n: Extractor(networks[n], [at], device="meta") for n, at in layers.items()}
    images = torch.empty(2, 3, 24, 24, device="meta")
    value = Value([objective] * 2, readers, PHOTOS, octave.side)
    where = places(octave, [torch.Generator(), torch.Generator()])
    step = Steps(octave, how, value, where, images)
    first, second = torch.arange(2, device="meta")[:, None]
    images, _ = step(first, images)  # what is made once is made
    with NothingComesOrGoes():
        images, seen = step(second, images)
    assert images.shape == (2, 3, 24, 24)
    assert seen.loss.shape == (2,)
