"""A descent that goes on from any of its steps gives what it would have given, bit for bit."""

from pathlib import Path

import pytest
import torch
from descents import PHOTOS, parse, recipe, same_bytes

from preimage.checkpoint import Checkpoint
from preimage.descent.descend import descend
from preimage.descent.frames import Frames
from preimage.descent.recipe import Octave, Optimiser, Recipe, Start
from preimage.errors import UserError

OCTAVES = (
    Octave(24, 3, (0.5, 0.1), (2.4, 0.4), crop=20),
    Octave(41, 4, (0.4, 0.1), (1.5, 0.4), crop=32),
    Octave(36, 3, (0.2, 0.1)),
)
STEPS = 10
# Two kinds, of which one fills a batch and a half; so the steps are those of three batches.
LINES = ["toy:logits[0]", "match(toy:conv2, photo)", "toy:logits[3]", "toy:logits[1]"]
GIVEN = {"seeds": [3, 4, 5, 6], "pictures": PHOTOS, "batch": 2}
RECIPES = {
    "image blurred": Recipe(OCTAVES),
    "crop blurred": Recipe(OCTAVES, blur="crop", normalised=True, smooth=1.2),
    "float64": Recipe(OCTAVES, precision="float64", start=Start("uniform", (0.4, 0.6))),
    "bfloat16": Recipe(OCTAVES, precision="bfloat16", start=Start("picture", picture="cat")),
    "momentum": Recipe(OCTAVES, optimiser=Optimiser("momentum", (0.9,))),
    "Adam": Recipe(OCTAVES, normalised=True, optimiser=Optimiser("Adam", (0.9, 0.999))),
}


class Killed(BaseException):
    pass


class Kept:
    """Descends with frames; saves what is needed to go on after some step, and ends there."""

    def __init__(self, networks, how, file):
        self.networks, self.how = networks, how
        self.checkpoint = Checkpoint(file, "key")

    def descend(self, end=None, batch=2, fill=True):
        """Go on from what is saved; return the preimages, the frames and how many steps it took."""
        saved = self.checkpoint.load() or {"descents": None, "frames": {}}
        frames = Frames(4, self.how, saved["frames"])
        taken = []

        def told(step):
            frames(step)
            taken.append(step)
            if len(taken) == end:
                self.checkpoint.save({"descents": step.state(), "frames": frames.kept})
                raise Killed

        found = descend(
            [parse(line) for line in LINES], self.how, self.networks,
            **GIVEN | {"batch": batch}, fill=fill, callback=told, state=saved["descents"],
        )  # fmt: skip
        return found, frames, len(taken)


def same(one, other):
    for ours, wanted in zip(one[0], other[0], strict=True):
        same_bytes(ours, wanted)
        assert torch.equal(ours.m_g.nan_to_num(), wanted.m_g.nan_to_num())
        assert torch.equal(ours.m_i.nan_to_num(), wanted.m_i.nan_to_num())
        assert (ours.objective, ours.seed) == (wanted.objective, wanted.seed)
    for item in range(len(LINES)):
        assert torch.equal(torch.stack(one[1].of(item)), torch.stack(other[1].of(item)))


@pytest.fixture(scope="module", params=RECIPES.values(), ids=RECIPES.keys())
def of_one_go(request, networks):
    """A recipe, and what is never interrupted."""
    return request.param, Kept(networks, request.param, Path("none.safetensors")).descend()


@pytest.mark.parametrize("end", [2, 3, 6, 10, 15, 28, 30])
def test_a_descent_goes_on_from_its_last_state(networks, tmp_path, of_one_go, end):
    """In the first octave, at its end, within another one; in the first, second, third batch."""
    how, whole = of_one_go
    kept = Kept(networks, how, tmp_path / "of.safetensors")
    with pytest.raises(Killed):
        kept.descend(end)
    resumed = kept.descend()
    assert whole[2] == 3 * STEPS == end + resumed[2]
    same(resumed, whole)


def test_it_may_be_interrupted_again_and_again(networks, tmp_path):
    kept = Kept(networks, RECIPES["Adam"], tmp_path / "of.safetensors")
    whole, taken = kept.descend(), 0
    for end in (2, 6, 1, 7, 9):
        taken += end
        with pytest.raises(Killed):
            kept.descend(end)
    resumed = kept.descend()
    assert taken + resumed[2] == whole[2]
    same(resumed, whole)


def test_where_batches_are_as_many_as_there_are_objectives(networks, tmp_path):
    kept = Kept(networks, RECIPES["image blurred"], tmp_path / "of.safetensors")
    whole = kept.descend(batch=8, fill=False)
    with pytest.raises(Killed):
        kept.descend(15, batch=8, fill=False)
    same(kept.descend(batch=8, fill=False), whole)


def test_a_batch_is_as_large_as_there_are_objectives_of_a_kind(networks):
    sizes = set()
    handle = networks["toy"].conv1.register_forward_hook(lambda _, __, out: sizes.add(len(out)))
    lines = [parse(f"toy:logits[{i}]") for i in range(5)]
    few = descend(lines, recipe(), networks, batch=8, fill=False)
    handle.remove()
    assert max(sizes) <= 5
    for one, other in zip(few, descend(lines, recipe(), networks, batch=5), strict=True):
        same_bytes(one, other)


def test_a_state_is_what_it_was_when_it_was_asked_for(networks):
    states = []
    how, lines = RECIPES["Adam"], [parse(line) for line in LINES]
    whole = descend(
        lines, how, networks, **GIVEN, callback=lambda step: states.append(step.state())
    )
    for state in states[::7]:
        for one, other in zip(
            descend(lines, how, networks, **GIVEN, state=state), whole, strict=True
        ):
            same_bytes(one, other)


def test_seconds_are_of_both_parts(networks, tmp_path):
    kept = Kept(networks, RECIPES["Adam"], tmp_path / "of.safetensors")
    with pytest.raises(Killed):
        kept.descend(5)
    state = kept.checkpoint.load()
    state["descents"]["current"]["seconds"] = 1000.0
    kept.checkpoint.save(state)
    assert kept.descend()[0][0].seconds > 1000 / 2


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"seeds": [3, 4, 5, 7]}, LINES),
        ({"batch": 3}, LINES),
        ({"fill": False}, LINES),
        ({}, LINES[::-1]),
        ({"recipe": RECIPES["Adam"]}, LINES),
    ],
)
def test_a_state_of_other_descents_is_refused(networks, changes, lines):
    states, told = [], []
    given = GIVEN | {"recipe": RECIPES["momentum"], "networks": networks}
    whole = [parse(line) for line in LINES]
    descend(whole, **given, callback=lambda step: states.append(step.state()))
    with pytest.raises(UserError, match="the state is of other descents"):
        descend(
            [parse(line) for line in lines], **given | changes, state=states[3],
            callback=told.append,
        )  # fmt: skip
    assert not told
