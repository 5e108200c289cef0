"""Classes are found by index and by name, and never guessed."""

import pytest

from preimage.errors import UserError
from preimage.networks.classes import class_index, class_names
from preimage.networks.world import World

IMAGENET = class_names("imagenet")


def test_the_names_of_imagenet_are_torchvisions():
    from torchvision.models import ResNet50_Weights  # noqa: PLC0415  slow, and for this test only

    assert ResNet50_Weights.IMAGENET1K_V1.meta["categories"] == IMAGENET


@pytest.mark.parametrize(
    ("item", "index"),
    [("goldfish", 1), ("Goldfish", 1), (1, 1), (999, 999), ("Cardigan", 264), ("cardigan", 474)],
)
def test_a_class_is_found(item, index):
    assert class_index(item, IMAGENET, "here") == index


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("goldfisch", "here: there is no class 'goldfisch'.*goldfish"),
        (1000, "no class 1000, only 0 to 999"),
        (-1, "no class -1"),
        ("CARDIGAN", "give 264 or 474"),
    ],
)
def test_a_class_that_is_not_there_or_not_clear_is_an_error(item, message):
    with pytest.raises(UserError, match=message):
        class_index(item, IMAGENET, "here")


def test_names_come_from_a_list_a_file_or_the_demo_world(tmp_path):
    file = tmp_path / "names.txt"
    file.write_text("cat\n\n dog \n", encoding="utf-8")
    assert class_names({"file": str(file)}) == class_names(["cat", "dog"]) == ["cat", "dog"]
    assert class_names("demo") == World().classes


def test_a_file_of_names_may_have_a_mark_and_any_ends_of_lines(tmp_path):
    (tmp_path / "names.txt").write_bytes("cat\r\nсобака\r\n犬\u2028".encode("utf-8-sig"))
    assert class_names({"file": str(tmp_path / "names.txt")}) == ["cat", "собака", "犬"]


def test_a_file_of_names_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(UserError, match=r"classes\.file: .*none\.txt cannot be read"):
        class_names({"file": str(tmp_path / "none.txt")})


def test_a_name_given_twice_is_an_error():
    with pytest.raises(UserError, match="'cat' is there 2 times"):
        class_names(["cat", "dog", "cat"])


def test_a_file_without_names_is_an_error(tmp_path):
    (tmp_path / "names.txt").write_text("\n \n", encoding="utf-8")
    with pytest.raises(UserError, match=r"classes: 0 names in .*names\.txt.*, give 2 or more"):
        class_names({"file": str(tmp_path / "names.txt")})
