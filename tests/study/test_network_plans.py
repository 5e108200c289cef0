"""What decides a network: all that builds it, by content, and nothing besides."""

import hashlib

import pytest
from test_study import study

from preimage.networks.packages import package_file
from preimage.study.sources import architecture, download_name

MODULE = {"name": "net", "module": "nets:Small", "size": 64, "weights": {"untrained": 1}}


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Return the plan of one network, in a folder with a module of the user's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text("import heads\n")
    (tmp_path / "heads.py").write_text("")

    def plan(**changes):
        entry = MODULE | changes
        return study({"classes": [0]}, networks=[entry]).network_plan("net")

    return plan


def test_the_code_of_a_module_is_in_the_plan(plan, tmp_path):
    before = plan()
    (tmp_path / "unrelated.py").write_text("")
    assert plan() == before
    (tmp_path / "heads.py").write_text("WIDTH = 1")
    after = plan()
    assert {**after, "code": ""} == {**before, "code": ""}
    assert after["code"] != before["code"]


def test_all_that_builds_a_network_is_in_its_plan(plan):
    told = {"arguments": {"classes": 5}, "output": "logits", "input": {"range": [0, 255]}}
    assert told.items() <= plan(**told).items()
    assert "judges" not in plan(judges=False)


def test_weights_of_a_package_count_by_their_content(plan):
    weights = {"package": "imageio-ffmpeg", "file": "binaries/README.md"}
    sha256 = hashlib.sha256(package_file(*weights.values()).read_bytes()).hexdigest()
    assert plan(weights=weights)["weights"] == weights | {"sha256": sha256}


def test_the_steps_are_allowed_the_modules_of_the_study():
    entries = [MODULE, MODULE | {"name": "b", "module": "timm:create_model"}]
    entries += [MODULE | {"name": "c"}]
    assert study({"classes": [0]}, networks=entries).modules == ["nets:Small", "timm:create_model"]
    assert study({"classes": [0]}).modules == []


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ({"architecture": "resnet18"}, "resnet18"),
        ({"module": "nets:Small"}, "Small.74bf"),
        ({"module": "timm:create_model", "arguments": ["a/b"]}, "a-b.5b14"),
        ({"module": "nets:Small", "arguments": {"width": 2}}, "Small.ca13"),
    ],
)
def test_what_a_network_is_built_as_is_a_word_of_a_file(entry, word):
    assert architecture(entry) == word


def test_long_arguments_make_words_that_are_short_and_differ():
    words = [architecture(MODULE | {"arguments": ["x" * 300 + end]}) for end in "ab"]
    assert words[0] != words[1]
    assert max(map(len, words)) < 80


def test_downloads_of_modules_are_called_by_them():
    weights = {"url": "https://example.org/w.safetensors", "sha256": "0123456789" * 6 + "0123"}
    assert download_name(MODULE | {"weights": weights}) == "Small.74bf-01234567"
