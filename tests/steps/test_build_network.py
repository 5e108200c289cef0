"""The step that makes a network: every kind of weights, and what users get wrong."""

import hashlib
import json
import sys
from types import SimpleNamespace

import pytest
import torch
import torchvision

from preimage.networks.network import build, load_network
from preimage.steps.build_network import build_network
from preimage.study.modules import source_digest

SMALL = "shufflenet_v2_x0_5"
CATEGORIES = ["cat", "dog", "fish"]


@pytest.fixture
def weights(tmp_path):
    torch.save(build(SMALL, 3, seed=4).state_dict(), tmp_path / "given.pth")
    return tmp_path / "given.pth"


@pytest.fixture
def make(tmp_path):
    def make(*arguments, output="net.safetensors", **changes):
        plan = {"name": "mine", "architecture": SMALL, "size": 64, "categories": CATEGORIES}
        plan = {k: v for k, v in (plan | changes).items() if v is not None}
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        files = ["--plan", tmp_path / "plan.json", "--network", tmp_path / output]
        argv = [str(argument) for argument in (*files, *arguments)]
        code = build_network.main(argv)
        return load_network(tmp_path / output, "mine") if code == 0 else code

    return make


@pytest.fixture
def fails(make, capsys):
    def fails(*arguments, **changes):
        assert make(*arguments, **changes) == 2
        return capsys.readouterr().err

    return fails


def source(tmp_path):
    return json.loads((tmp_path / "net.json").read_text())["source"]


def test_an_untrained_network_is_drawn_from_its_seed(make, tmp_path):
    made = make(weights={"untrained": 4})
    assert torch.equal(made.model.fc.weight, build(SMALL, 3, seed=4).fc.weight)
    assert (made.name, made.categories, made.size) == ("mine", tuple(CATEGORIES), 64)
    assert source(tmp_path) == "untrained, seed 4"


def test_a_file_in_the_plan_and_one_on_the_command_line_give_the_same(make, weights, tmp_path):
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    expected = build(SMALL, 3, seed=4).fc.weight
    address = "https://example.org/given.pth"
    for plan, arguments, origin in (
        ({"file": str(weights)}, (), "a file"),
        ({"file": "elsewhere.pth", "sha256": digest}, ("--weights", weights), "a file"),
        ({"url": address, "sha256": digest[:8].upper()}, ("--weights", weights), address),
    ):
        assert torch.equal(make(*arguments, weights=plan).model.fc.weight, expected)
        assert source(tmp_path) == f"{origin}, SHA-256 {digest}"


def test_weights_by_torchvisions_name_must_be_those_of_its_hash(fails, weights):
    told = fails("--weights", weights, weights="IMAGENET1K_V1")
    url = torchvision.models.get_model_weights(SMALL)["IMAGENET1K_V1"].url
    assert "mine: the SHA-256 of" in told
    assert told.strip().rpartition(" ")[2] in url


@pytest.mark.parametrize(
    ("plan", "arguments", "message"),
    [
        ({"weights": {"untrained": 1}}, ["--weights", "w.pth"], "leave out --weights w.pth"),
        ({"weights": {"untrained": "no"}}, [], "mine: weights are {'untrained': 'no'}; give a"),
        ({"weights": 3}, [], "mine: weights are 3; give a name of torchvision's"),
        ({"weights": "IMAGENET1K_V1"}, [], "give the file of torchvision IMAGENET1K_V1 with --we"),
        ({"weights": "IMAGENET1K_V9"}, [], "no weights 'IMAGENET1K_V9' for shufflenet_v2_x0_5"),
        ({"weights": {"file": "none.pth"}}, [], "mine: none.pth cannot be read: No such file"),
        ({"weights": {"url": "ftp:x", "sha256": "0"}}, [], "weights URL 'ftp:x' is not a URL"),
        ({}, [], "plan.json: Object missing required field `weights`"),
        ({"weights": {"untrained": 0}, "sise": 3}, [], "unknown key 'sise' (did you mean size?)"),
        ({"weights": {"untrained": 0}, "output": "net.pth"}, [], "file ends in .safetensors"),
    ],
)
def test_mistakes_are_told(fails, tmp_path, plan, arguments, message):
    assert message in fails(*arguments, **plan)
    assert not list(tmp_path.glob("net*"))


def test_a_wrong_hash_and_a_wrong_number_of_classes_are_told(fails, weights):
    wrong = {"file": str(weights), "sha256": "0" * 64}
    assert f"expected {'0' * 64}" in fails(weights=wrong)
    told = fails(weights={"file": str(weights)}, categories=["cat", "dog"])
    assert told.startswith(f"error: mine ({SMALL}): {weights} does not fit: fc.weight is 3 x 1024")


def test_a_file_of_a_package_is_found_and_verified(make, fails, weights, tmp_path, monkeypatch):
    """It is asked of the package that is installed, without importing it."""
    package = tmp_path / "library" / "of_weights"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('it ran')")
    weights.rename(package / "given.pth")
    monkeypatch.syspath_prepend(package.parent)
    digest = hashlib.sha256((package / "given.pth").read_bytes()).hexdigest()
    plan = {"package": "of_weights", "file": "given.pth", "sha256": digest}
    made = make(weights=plan)
    assert torch.equal(made.model.fc.weight, build(SMALL, 3, seed=4).fc.weight)
    assert source(tmp_path) == f"given.pth of the package of_weights, SHA-256 {digest}"
    assert f"expected {'0' * 64}" in fails(weights=plan | {"sha256": "0" * 64})
    told = fails(weights=plan | {"file": "give.pth"})
    assert "the package of_weights has no file 'give.pth'" in told


MODULE = """
from torch import nn


def net(classes):
    pooled = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(nn.Conv2d(3, 4, 3), *pooled, nn.Linear(4, classes))
"""


def test_a_module_of_the_working_directory_is_built(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "net_of_mine.py").write_text(MODULE)
    plan = {"name": "mine", "module": "net_of_mine:net", "arguments": [3], "size": 16}
    code = source_digest("net_of_mine:net")
    plan |= {"categories": CATEGORIES, "input": {"range": [0, 255]}, "code": code}
    for name, weights in {"one": {"untrained": 4}, "two": {"file": "one.pth"}}.items():
        (tmp_path / "plan.json").write_text(json.dumps(plan | {"weights": weights}))
        argv = ["--plan", "plan.json", "--network", f"{name}.safetensors"]
        assert build_network.main(argv) == 0
        loaded = load_network(tmp_path / f"{name}.safetensors", modules=["net_of_mine:net"])
        compiled = {f"_orig_mod.{k}": v for k, v in loaded.model.network.state_dict().items()}
        torch.save({"net": compiled, "acc": 93.2}, tmp_path / f"{name}.pth")
    one, two = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("one", "two"))
    assert one["sha256"] == two["sha256"]
    assert (one["module"], one["arguments"], one["code"]) == ("net_of_mine:net", [3], code)
    assert one["input"]["range"] == [0, 255]
    (tmp_path / "plan.json").write_text(json.dumps(plan | {"weights": "IMAGENET1K_V1"}))
    assert build_network.main(["--plan", "plan.json", "--network", "three.safetensors"]) == 2
    assert "weights are IMAGENET1K_V1; give a name of torchvision's, url" in capsys.readouterr().err


@pytest.fixture
def googlenet(tmp_path):
    torch.save(build("googlenet", 3, seed=1).state_dict(), tmp_path / "g.pth")
    return tmp_path / "g.pth"


@pytest.mark.parametrize(
    ("options", "level"), [({}, "WARNING"), ({"transform_input": False}, None)]
)
def test_googlenets_own_weights_as_a_file_are_told_to_see_other_channels(  # noqa: PLR0917
    make, googlenet, monkeypatch, caplog, options, level
):
    """The file is that of torchvision if its digest is the one in the name of torchvision's."""
    digest = hashlib.sha256(googlenet.read_bytes()).hexdigest()
    mine = {"architecture": "googlenet", "options": options, "weights": {"file": str(googlenet)}}
    caplog.set_level("INFO")
    assert not make(**mine).model.transform_input
    said = "mine: transform_input, which remaps the channels of its images, is off"
    assert [record.getMessage() for record in caplog.records].count(said) == 1
    caplog.clear()
    url = f"https://example.org/googlenet-{digest[:8]}.pth"
    entry = SimpleNamespace(name="IMAGENET1K_V1", url=url)
    monkeypatch.setattr(torchvision.models, "get_model_weights", lambda _: [entry])
    make(**mine)
    told = [record for record in caplog.records if "IMAGENET1K_V1" in record.getMessage()]
    assert [record.levelname for record in told] == ([level] if level else [])


def test_a_plan_that_cannot_be_read_is_told(tmp_path, capsys):
    for text, message in (
        (None, "No such file"),
        ("[1", "cannot be read"),
        ("[1]", "Expected `object`, got `array`"),
    ):
        plan = tmp_path / "p.json"
        if text is not None:
            plan.write_text(text)
        argv = ["--plan", str(plan), "--network", str(tmp_path / "net.safetensors")]
        assert build_network.main(argv) == 2
        assert message in capsys.readouterr().err
