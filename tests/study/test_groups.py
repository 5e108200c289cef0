"""Groups of classes: those of ImageNet hold what their names say, others what is given."""

import csv

import pytest

from preimage.errors import UserError
from preimage.networks.classes import class_names
from preimage.networks.world import World
from preimage.study.groups import (
    BREEDS,
    IMAGENET,
    default_groups,
    families_of_breeds,
    read_groups,
)

NAMES = class_names("imagenet")
GROUPS = read_groups("imagenet", NAMES)


def members(group):
    return [NAMES[c] for c in GROUPS[group]]


def groups_of(*names):
    return {g for name in names for g, found in GROUPS.items() if NAMES.index(name) in found}


@pytest.fixture(scope="module")
def torchvisions():
    from torchvision.models import ResNet50_Weights  # noqa: PLC0415  slow, and for this test only

    return ResNet50_Weights.IMAGENET1K_V1.meta["categories"]


def test_the_ends_of_each_range_are_called_so_by_torchvision(torchvisions):
    with IMAGENET.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert torchvisions[int(row["first"])] == row["from"]
        assert torchvisions[int(row["last"])] == row["to"]
        assert int(row["first"]) <= int(row["last"])


@pytest.mark.parametrize(
    ("words", "group"),
    [
        (("hound", "spaniel", "retriever", "setter", "poodle", "mastiff", "collie"), "dogs"),
        (("snake", "boa constrictor", "mamba", "cobra", "viper", "sidewinder"), "snakes"),
        (("crocodile", "alligator"), "crocodiles"),
        (("salamander", "newt", "frog", "axolotl"), "amphibians"),
        (("iguana", "gecko", "chameleon", "lizard"), "lizards"),
        (("shark", "eel", "sturgeon", "goldfish"), "fish"),
        (("stork", "finch", "eagle", "owl", "penguin", "heron"), "birds"),
        (("monkey", "gorilla", "gibbon", "baboon"), "primates"),
        (("beetle", "butterfly", "dragonfly", "cricket"), "insects"),
        (("crab", "lobster"), "crustaceans"),
        (("wolf", "fox"), "wild canids"),
        (("guitar", "piano", "trombone"), "musical instruments"),
    ],
)
def test_what_is_called_so_is_in_its_group(torchvisions, words, group):
    elsewhere = {"wolf spider", "alligator lizard", "fox squirrel", "spider monkey"}
    elsewhere |= {"wire-haired fox terrier", "English foxhound", "Irish wolfhound"}
    for word in words:
        found = [name for name in torchvisions if f" {word}" in f" {name.lower()}"]
        assert found, word
        assert not [n for n in found if n not in members(group) and n not in elsewhere]


def test_no_stranger_is_among_the_dogs(torchvisions):
    assert len(GROUPS["dogs"]) == 118
    assert set(members("terriers")) < set(members("dogs"))
    for stranger in ("sea lion", "timber wolf", "dingo", "hotdog", "tabby"):
        assert stranger not in members("dogs")
    terriers = {name for name in torchvisions if name.endswith("terrier")} - {"toy terrier"}
    assert terriers <= set(members("terriers"))


def test_only_terriers_are_in_two_groups():
    for index in range(len(NAMES)):
        found = [group for group, classes in GROUPS.items() if index in classes]
        assert len(found) <= 1 or found == ["dogs", "terriers"], NAMES[index]


def test_things_that_share_a_name_are_told_apart():
    assert groups_of("crane bird") == {"birds"}
    assert groups_of("crane") == set()
    assert groups_of("Cardigan") == {"dogs"}
    assert groups_of("cardigan") == {"clothing"}


def test_the_demo_world_has_a_group_for_each_value_of_a_factor():
    world = World()
    groups = read_groups("demo", world.classes)
    assert list(groups) == [*world.shapes, *world.colours, *world.textures]
    assert all("red" in world.classes[c] for c in groups["red"])
    held = [sum(index in found for found in groups.values()) for index in range(36)]
    assert held == [3] * 36


def test_groups_are_given_by_class_and_by_range():
    groups = {"fish": [[0, "stingray"], "barracouta", 390], "both": ["goldfish", 1]}
    assert read_groups(groups, NAMES) == {"fish": [*range(7), 389, 390], "both": [1]}


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"dogs": ["huskie"]}, "groups.dogs: there is no class 'huskie'"),
        ({"dogs": [[151, 1268]]}, "groups.dogs: there is no class 1268"),
        ({"dogs": [["Mexican hairless", "Chihuahua"]]}, "range .* holds no class"),
        ("demo", "demo is for classes: demo"),
    ],
)
def test_groups_that_cannot_be_are_an_error(groups, message):
    with pytest.raises(UserError, match=message):
        read_groups(groups, NAMES)


def test_a_study_has_the_groups_of_its_classes():
    assert default_groups("imagenet") == "imagenet"
    assert default_groups(["cat", "dog"]) == default_groups({"file": "names.txt"}) == {}


def test_each_dog_is_of_one_family_of_breeds():
    families = families_of_breeds()
    assert sorted(c for members in families.values() for c in members) == GROUPS["dogs"]
    assert families["terriers"] == GROUPS["terriers"]
    with BREEDS.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert NAMES[int(row["first"])] == row["from"]
            assert NAMES[int(row["last"])] == row["to"]
