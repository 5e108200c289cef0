"""Networks that anyone's modules build: in files, through plans, and never without leave."""

import json
import sys

import pytest
import safetensors.torch
import torch
from torch import nn

from preimage.errors import UserError
from preimage.networks.modules import build_module
from preimage.networks.network import load_network, planned, save_network
from preimage.networks.plan import NetworkPlan
from preimage.networks.prepared import Prepared
from preimage.study.modules import source_digest

SOURCE = """
from collections import namedtuple
import torch
from torch import nn

Both = namedtuple("Both", ["features", "logits"])


class Small(nn.Module):
    def __init__(self, classes=3, width=4):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width), nn.ReLU())
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.body(x).mean((2, 3)))

    @classmethod
    def narrow(cls, classes):
        return cls(classes, width=2)


def fetching(name, pretrained=False):
    raise AssertionError("this would fetch weights")


class Several(Small):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def forward(self, x):
        features = self.body(x).mean((2, 3))
        logits = self.head(features)
        kinds = {"dict": {"features": features, "logits": logits}, "tuple": (features, logits)}
        return (kinds | {"named": Both(features, logits)})[self.kind]


def parallel():
    return nn.DataParallel(nn.DataParallel(Small()))


class OptimizedModule(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self._orig_mod = inner


def compiled():
    return OptimizedModule(nn.DataParallel(Small()))


def scripted():
    return torch.jit.trace(Small().eval(), torch.zeros(1, 3, 8, 8))


def half():
    return Small().half().train()


def broken():
    raise KeyError("no such thing")


def of_fixed_size():
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 3))


NUMBER = 3
"""
PLAN = {
    "name": "mine",
    "size": 16,
    "categories": ["cat", "dog", "hen"],
    "weights": {"untrained": 0},
}


@pytest.fixture
def nets(tmp_path, monkeypatch):
    """A module of the user's in the working directory, forgotten afterwards; returns its name."""
    name = f"nets_{tmp_path.name}".replace("-", "_").replace("[", "_").replace("]", "_")
    (tmp_path / f"{name}.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield name
    sys.modules.pop(name, None)


def plan_of(module, **changes):
    return NetworkPlan(**(PLAN | {"module": module} | changes))


def same_state(one, other):
    one, other = one.state_dict(), other.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def test_arguments_go_by_position_or_by_name(nets):
    for arguments in ([3, 5], {"classes": 3, "width": 5}):
        model = build_module(f"{nets}:Small", arguments)
        assert model.head.weight.shape == (3, 5)
    assert build_module(f"{nets}:Small.narrow", [7]).head.weight.shape == (7, 2)


def test_the_seed_decides_the_weights_and_the_generator_stays(nets):
    before = torch.get_rng_state()
    one, same, other = (build_module(f"{nets}:Small", seed=seed) for seed in (3, 3, 4))
    assert same_state(one, same)
    assert not same_state(one, other)
    assert torch.equal(torch.get_rng_state(), before)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        assert same_state(one, sys.modules[nets].Small())


@pytest.mark.parametrize("wrapped", ["parallel", "compiled"])
def test_wrappers_are_taken_off(nets, wrapped):
    model = build_module(f"{nets}:{wrapped}")
    assert type(model).__name__ == "Small"
    assert "head.weight" in model.state_dict()


def test_what_torch_compiles_is_taken_out(nets, tmp_path):
    with (tmp_path / f"{nets}.py").open("a") as file:
        file.write("\n\ndef really_compiled():\n    return torch.compile(Small())\n")
    assert type(build_module(f"{nets}:really_compiled")).__name__ == "Small"


def test_a_network_is_frozen_in_eval_mode_and_in_float32(nets):
    model = build_module(f"{nets}:half")
    assert {value.dtype for value in model.parameters()} == {torch.float32}
    assert not any(part.training for part in model.modules())
    assert not any(value.requires_grad for value in model.parameters())


@pytest.mark.parametrize(
    ("builder", "arguments", "message"),
    [
        ("{}:Smal", [], r"has no attribute 'Smal'"),
        ("{}x:Small", [], r"cannot be imported: ModuleNotFoundError: No module named"),
        ("{}", [], "must be package.module:callable"),
        ("{}:NUMBER", [], "is of type int: it must build a network"),
        ("{}:Both", [1, 2], "gives Both, which is no torch.nn.Module"),
        ("{}:Small", {"clases": 3}, r"with the arguments {'clases': 3}: TypeError: .*'clases'"),
        ("{}:broken", [], "with the arguments none: KeyError: 'no such thing'"),
        ("{}:Small", {"pretrained": True}, "leave out pretrained: weights come from `weights:`"),
        ("{}:fetching", ["any", True], "leave out pretrained: weights come from `weights:`"),
    ],
)
def test_what_cannot_be_built_is_told(nets, builder, arguments, message):
    with pytest.raises(UserError, match=message):
        build_module(builder.format(nets), arguments)


@pytest.mark.filterwarnings("ignore:`torch.jit.trace")
def test_torchscript_is_refused(nets):
    with pytest.raises(UserError, match=":scripted: TorchScript cannot be read: give the module"):
        build_module(f"{nets}:scripted")


def test_a_module_with_a_mistake_is_told(nets, tmp_path):
    (tmp_path / f"{nets}.py").write_text("class Small:\n  def\n")
    with pytest.raises(UserError, match="cannot be imported: SyntaxError: invalid syntax"):
        build_module(f"{nets}:Small")


@pytest.mark.parametrize(
    ("kind", "output"),
    [("dict", "logits"), ("tuple", "1"), ("named", "logits")],
)
def test_one_of_several_outputs_is_named(nets, kind, output):
    made = planned(plan_of(f"{nets}:Several", arguments=[kind], output=output))
    images = torch.rand(2, 3, 16, 16)
    inner = made.model.network
    assert torch.equal(made.model(images), inner.head(inner.body(images).mean((2, 3))))


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        (
            "Several",
            {"arguments": ["dict"]},
            "several outputs: say which, `output:` of feat",
        ),
        ("Several", {"arguments": ["dict"], "output": "logit"}, "no tensor 'logit' .*mean logits"),
        ("Several", {"arguments": ["tuple"], "output": "0"}, "gives 4 outputs .* are 3 classes"),
        (
            "Small",
            {"arguments": [5]},
            "gives 5 outputs of a picture, and there are 3 classes",
        ),
        ("of_fixed_size", {}, "cannot take pictures of 16 x 16 pixels: RuntimeError: "),
    ],
)
def test_the_outputs_must_be_the_classes(nets, name, changes, message):
    with pytest.raises(UserError, match=message):
        planned(plan_of(f"{nets}:{name}", **changes))


def test_a_network_comes_back_with_all_that_it_is(nets, tmp_path):
    """The file has the names of the module itself, whatever stands around it."""
    expects = {"mean": [100.0, 110.0, 120.0], "std": [2.0, 3.0, 4.0], "range": [0, 255]}
    expects["channels"] = "BGR"
    code = source_digest(f"{nets}:Several")
    told = {"output": "logits", "input": expects, "code": code}
    plan = plan_of(f"{nets}:Several", arguments=["named"], **told)
    made = planned(plan, seed=2)
    save_network(made, tmp_path / "net.safetensors", "untrained")
    assert "head.weight" in safetensors.torch.load_file(tmp_path / "net.safetensors")
    loaded = load_network(tmp_path / "net.safetensors", modules=[f"{nets}:Several"])
    images = torch.rand(2, 3, 16, 16)
    assert torch.equal(loaded.model(images), made.model(images))
    assert loaded.model.expects == made.model.expects
    assert (loaded.architecture, loaded.options) == (f"{nets}:Several", ["named"])
    assert (loaded.code, loaded.model.output) == (code, "logits")
    save_network(loaded, tmp_path / "again.safetensors", "untrained")
    files = [(tmp_path / f"{n}.safetensors").read_bytes() for n in ("net", "again")]
    assert files[0] == files[1]
    assert json.loads((tmp_path / "net.json").read_text())["code"] == code


def test_code_that_was_changed_since_is_not_run_in_silence(nets, tmp_path):
    """As in the midst of a study, whose results would be recorded under the code of its plan."""
    file, network = tmp_path / f"{nets}.py", f"{nets}:Small"
    before, plan = file.read_text(), plan_of(network, code=source_digest(network))
    save_network(planned(plan), tmp_path / "net.safetensors", "untrained")
    file.write_text(before + "\n\nSmall.width = 7\n")
    said = f"the code of {network}, .* is another one than when the study was planned or the netw"
    with pytest.raises(UserError, match=said):
        load_network(tmp_path / "net.safetensors", modules=[network])
    with pytest.raises(UserError, match=said):
        planned(plan)
    planned(plan_of(network))  # whose plan says nothing of its code
    file.write_text(before)
    assert load_network(tmp_path / "net.safetensors", modules=[network]).code == plan.code


def test_what_needs_nothing_around_it_stays_bare(nets):
    assert not isinstance(planned(plan_of(f"{nets}:Small")).model, Prepared)


def test_a_file_of_a_stranger_makes_no_code_run(nets, tmp_path):
    """The file names a module that is there, and would leave a trace."""
    trap = tmp_path / "trap.py"
    trap.write_text("from pathlib import Path\n\nPath('ran').touch()\n\n\ndef net():\n    ...\n")
    about = {"module": "trap:net", "arguments": [], "code": None, "categories": ["a", "b"]}
    about |= {"size": 8, "source": "a stranger"}
    metadata = {"network": json.dumps(about)}
    safetensors.torch.save_file({"a": torch.zeros(1)}, tmp_path / "net.safetensors", metadata)
    for modules in ((), (f"{nets}:Small",), ("trap:other",)):
        with pytest.raises(UserError, match=r"trap:net builds.* add --modules trap:net to the com"):
            load_network(tmp_path / "net.safetensors", modules=modules)
    assert not (tmp_path / "ran").exists()
    assert "trap" not in sys.modules
    with pytest.raises(UserError, match="gives NoneType"):  # the trap works
        load_network(tmp_path / "net.safetensors", modules=["trap:net"])
    assert (tmp_path / "ran").exists()
    sys.modules.pop("trap")


def test_a_network_has_one_builder():
    for builders in ({}, {"module": "a:b", "architecture": "resnet18"}):
        with pytest.raises(ValueError, match="either `architecture` or `module`"):
            NetworkPlan(**PLAN, **builders)


@pytest.mark.parametrize("name", ["resnet10t", "vit_tiny_patch16_224"])
def test_timms_networks_are_built_and_come_back(tmp_path, name):
    pytest.importorskip("timm")
    size = 224 if "224" in name else 64
    arguments = {"model_name": name, "num_classes": 3}
    plan = plan_of("timm:create_model", arguments=arguments, size=size, input="imagenet")
    made = planned(plan, seed=1)
    save_network(made, tmp_path / "net.safetensors", "untrained")
    loaded = load_network(tmp_path / "net.safetensors", modules=["timm:create_model"])
    images = torch.rand(1, 3, size, size)
    assert torch.equal(loaded.model(images), made.model(images))
    assert not torch.equal(made.model(images), made.model.network(images))
    assert isinstance(made.model.network, nn.Module)
