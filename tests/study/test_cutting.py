"""Blocks: no more than are needed, and few of them change when something is added."""

import random
import re

import pytest

from preimage.study.cutting import NAMES, Item, cut, holding

CLASSES = range(1000)


def items(numbers=CLASSES, seeds=(999,), layers=("fc",)):
    return [
        Item({"seed": seed, "layer": layer, "number": number}, (number,))
        for seed in seeds
        for layer in layers
        for number in numbers
    ]


def blocks(most, *, by_layer=True, **what):
    return cut(items(**what), most, by_layer=by_layer)


def changed(before, after):
    """Return the names of blocks of `before` that must be made anew, or are gone."""
    return {name for name, block in before.items() if after.get(name) != block}


def test_few_of_many_classes_are_one_block():
    assert list(blocks(50, by_layer=False, numbers=[1, 250, 500, 999])) == ["000.999"]


def test_all_classes_are_stretches_of_them():
    made = blocks(125, by_layer=False)
    assert list(made) == [f"{start:03d}.999" for start in range(0, 1000, 125)]
    assert {len(block) for block in made.values()} == {125}


def test_layers_and_seeds_go_together_as_far_as_they_fit():
    what = {"numbers": range(4), "layers": "abcdefg"}
    assert list(blocks(56, seeds=[1, 2], **what)) == ["000.a.1"]
    assert list(blocks(55, seeds=[1, 2], **what)) == ["000.a.1", "000.a.2"]
    assert list(blocks(12, seeds=[1], **what)) == ["000.a.1", "000.d.1", "000.g.1"]
    assert list(blocks(3, seeds=[1], numbers=range(4), layers="ab")) == [
        *("000.a.1", "003.a.1"),
        *("000.b.1", "003.b.1"),
    ]


@pytest.mark.parametrize("seed", range(40))
def test_a_class_more_changes_the_block_that_it_falls_into(seed):
    draw = random.Random(seed)
    some = draw.sample(CLASSES, draw.randrange(1, 900))
    most = draw.randrange(1, 130)
    new = draw.choice([c for c in CLASSES if c not in some])
    before, after = (blocks(most, numbers=sorted(n)) for n in (some, [*some, new]))
    assert len(changed(before, after)) <= 1
    assert all(len(block) <= most for block in after.values())
    assert sum(map(len, after.values())) == len(some) + 1


@pytest.mark.parametrize("what", [{"seeds": (1, 2, 3)}, {"layers": "abc"}])
@pytest.mark.parametrize("most", [5, 10, 11, 25])
def test_a_seed_or_layer_more_at_the_end_changes_the_last_block_of_several(what, most):
    ((key, values),) = what.items()
    before = blocks(most, numbers=range(10), **{key: values})
    after = blocks(most, numbers=range(10), **{key: (*values, "d" if key == "layers" else 4)})
    assert changed(before, after) <= {list(before)[-1]}


def test_a_place_may_have_several_numbers():
    pairs = [Item({"seed": 1, "layer": "fc"}, (a, b)) for a in (3, 4) for b in range(8)]
    assert list(cut(pairs, 16, by_layer=False)) == ["000.1"]
    assert list(cut(pairs, 8, by_layer=False)) == ["000.1", "004.1"]
    assert list(cut(pairs, 4, by_layer=False)) == [
        "003-000.1",
        "003-004.1",
        "004-000.1",
        "004-004.1",
    ]


def test_what_cannot_be_cut_is_a_block():
    alike = [Item({"seed": 1, "layer": "fc"}, (7, 7))] * 5
    assert [len(block) for block in cut(alike, 2, by_layer=False).values()] == [5]


def test_names_fit_in_file_names_and_one_pattern():
    made = blocks(
        1, numbers=[0, 5000], layers=["a.b", "layer2 + layer3", "x-y"], seeds=[0, 2**32 - 1]
    )
    assert len(made) == 12
    assert all(re.fullmatch(NAMES, name) for name in made)
    assert "4096.layer2+layer3.4294967295" in made  # from number 4096 on


def test_blocks_are_found_by_what_they_hold():
    made = {name: {"items": block} for name, block in blocks(4, numbers=range(8)).items()}
    assert holding(made, lambda item: item["number"] in (0, 1)) == ["000.fc.999"]
    assert holding(made, lambda item: item["number"] > 2) == list(made)
