"""The check of a study: what torch alone can tell is told before anything is made."""

import json
import sys

import msgspec
import pytest
import torch
from safetensors.torch import save_file
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import squeezenet1_1

from preimage.steps.check_study import StudyCheck, check_study

NETWORK = {"name": "net", "architecture": "squeezenet1_1", "size": 32, "options": {}}
NETWORK |= {"categories": ["cat", "dog", "hen"], "weights": {"untrained": 1}}
OBJECTIVE = {"where": "image set s, run of net", "objective": "net:logits[2]", "sides": [32, 48]}


@pytest.fixture
def check(tmp_path, capsys):
    def check(network=(), layers=("features.0", "features.3"), **objective):
        networks = [NETWORK | dict(network)]
        plan = {"networks": networks, "objectives": [OBJECTIVE | objective]}
        order = {"where": "image set maps", "network": "net", "layers": layers}
        plan |= {"orders": [order] if "architecture" not in dict(network) else []}
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        code = check_study.main(["--plan", str(tmp_path / "plan.json")])
        told = capsys.readouterr().err
        assert (code == 0) == (told == "")
        return told

    return check


def test_nothing_is_said_of_a_study_in_order(check):
    assert check() == ""


def test_a_module_comes_behind_its_parts(check):
    assert check(layers=["features.3.squeeze", "features.3.expand1x1", "features.3"]) == ""


def test_layers_are_listed_by_their_depth(check):
    message = check(layers=["features.0", "features.4", "features.3"])
    assert "configuration, image set maps: layer features.3 of net is listed behind" in message


VIT = {"architecture": "vit_b_32", "size": 64}
BY_SDG = {"weights": {"merged": {"optimiser": "SDG"}}}


@pytest.mark.parametrize(
    ("network", "objective", "message"),
    [
        ({"architecture": "squeezenet"}, {}, "configuration, network net: unknown architecture"),
        ({"weights": "IMAGENET1K"}, {}, "configuration, network net: torchvision has no weights"),
        ({"size": 8}, {}, "network net, size: net cannot take images of 8 x 8 pixels"),
        ({}, {"objective": "net:logits[3]"}, "configuration, image set s, run of net: net:logi"),
        ({}, {"objective": "net:logit[2]"}, "net has no layer 'logit' (did you mean"),
        ({}, {"sides": [32, 8]}, "run of net: net cannot take images of 8 x 8 pixels"),
        (
            BY_SDG,
            {},
            "configuration, network net: merging: unknown optimiser 'SDG' (did you mean SGD",
        ),
        (VIT, {"sides": [80]}, "net cannot take images of 80 x 80 pixels, choose another size"),
    ],
)
def test_mistakes_are_told(check, network, objective, message):
    assert message in check(network, **objective)


MODULE = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, classes=3, side=None):
        super().__init__()
        self.side = side
        self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4, classes)
        self.pretrained_cfg = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}

    def forward(self, x):
        scale = torch.ones(4, 1, 1)  # which is on the CPU, whatever the image is on
        return self.head((self.conv(x) * scale).mean((2, 3)))


class Fixed(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(3 * 32 * 32, 3))
"""
ANYONES = {"architecture": None, "module": "checked_nets:Net", "input": {"range": [-1, 1]}}


@pytest.fixture
def nets(tmp_path, monkeypatch):
    """A module of the user's in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "checked_nets.py").write_text(MODULE)


@pytest.mark.usefixtures("nets")
@pytest.mark.parametrize(
    ("network", "objective", "message"),
    [
        ({}, {}, ""),
        ({"arguments": [5]}, {}, "network net: checked_nets:Net gives 5 outputs of a picture, and"),
        ({"arguments": {"class": 3}}, {}, "configuration, network net: checked_nets:Net cannot be"),
        (
            {"module": "checked_nets:Nat"},
            {},
            "net: checked_nets:Nat: module 'checked_nets' has",
        ),
        ({"module": "checked_nots:Net"}, {}, "network net: checked_nots:Net cannot be imported"),
        ({"module": "checked_nets:Fixed", "size": 48}, {}, "cannot take pictures of 48 x 48 pix"),
        ({"input": None}, {"objective": "net:conv[4]"}, "s, run of net: net:conv[4]: there is no"),
        ({"input": None}, {"objective": "net:con[3]"}, "net has no layer 'con' (did you mean conv"),
        ({"module": "checked_nets:Fixed"}, {"sides": [48]}, "net cannot take images of 48 x 48"),
    ],
)
def test_networks_of_anyones_modules_are_checked(check, network, objective, message):
    said = check(ANYONES | network, layers=(), **objective)
    assert message in said
    assert bool(said) == bool(message)


@pytest.mark.usefixtures("nets")
def test_weights_of_other_images_are_a_word_and_no_error(tmp_path, capsys):
    url = {"url": "https://example.org/w.pth", "sha256": "0" * 64}
    module = ANYONES | {"weights": url, "input": {"range": [0, 255]}}
    alike = ANYONES | {"weights": url, "name": "alike"}
    torchvisions = {"weights": "IMAGENET1K_V1", "name": "own", "input": alike["input"]}
    as_on_the_pages = {"weights": "IMAGENET1K_V1", "name": "bare"}
    networks = [NETWORK | one for one in (module, alike, torchvisions, as_on_the_pages)]
    (tmp_path / "plan.json").write_text(json.dumps({"networks": networks, "objectives": []}))
    assert check_study.main(["--plan", "plan.json"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(" its ")[0] for line in said] == [
        "warning: network net:",
        "warning: network own:",
    ]
    assert said[0].endswith("std 0.5 0.5 0.5, `input:` gives 0 0 0 and 0.00392 0.00392 0.00392")


@pytest.mark.parametrize(
    ("classes", "sha256", "message"),
    [
        (3, "", ""),
        (4, "", "classifier.1.weight is 4 x 512 x 1 x 1, not 3 x 512 x 1 x 1"),
        (3, "0" * 64, "expected 0000"),
    ],
)
def test_the_users_own_weights_are_those_of_the_network(check, tmp_path, classes, sha256, message):
    file = tmp_path / "mine.safetensors"
    torch.manual_seed(0)
    save_file(squeezenet1_1(num_classes=classes).state_dict(), file)
    said = check({"weights": {"file": str(file), "sha256": sha256}})
    assert message in said
    assert bool(said) == bool(message)


SPACE = {"where": "space s", "network": "net", "layer": "layer4", "maps": [0, 4], "side": 32}
SPACE |= {"batch_norm": True}
RESNET = NETWORK | {"architecture": "resnet18"}


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, ""),
        ({"batch_norm": False, "maps": [511]}, ""),
        ({"layer": "logits", "maps": [2]}, ""),
        ({"layer": "layer5"}, "configuration, space s: net has no layer 'layer5' (did you mean"),
        ({"layer": "layer5", "batch_norm": False}, "space s: net has no module 'layer5'"),
        ({"maps": [3, 512]}, "space s: net:layer4[512]: there is no map 512"),
        ({"layer": "maxpool", "batch_norm": False}, "maxpool of net has no BatchNorm in it"),
    ],
)
def test_layers_and_maps_of_spaces_are_there(space, message, tmp_path, capsys):
    plan = {"networks": [RESNET], "objectives": [], "spaces": [SPACE | space]}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    code = check_study.main(["--plan", str(tmp_path / "plan.json")])
    said = capsys.readouterr().err
    assert message in said
    assert bool(code) == bool(said) == bool(message)


@pytest.mark.parametrize("objectives", [[], [OBJECTIVE]], ids=["nothing asked", "logits asked"])
def test_a_network_costs_one_forward_of_an_image_whatever_was_asked_of_it(tmp_path, objectives):
    """Its reader was proven when its size was checked: what that takes is no part of it."""
    plan = {"networks": [NETWORK], "objectives": objectives}
    check_study(msgspec.convert(plan, StudyCheck), costs=tmp_path / "costs.json")
    ((flops, *_),) = json.loads((tmp_path / "costs.json").read_text()).values()
    with FlopCounterMode(display=False) as counter:
        squeezenet1_1(num_classes=3).eval()(torch.zeros(1, 3, 32, 32))
    assert flops == counter.get_total_flops()
