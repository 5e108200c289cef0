"""What is read at a named layer is what that layer gives, and the caller's model never notices."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional
from torchvision.models.feature_extraction import get_graph_node_names
from zoo import close, images, seeded, zoo

from preimage.descent.layers import LOGITS, Extractor, before_relus, layer_names
from preimage.errors import UserError


class Toy(nn.Module):
    """Everything that changes what was read a moment ago: in-place ReLU, dropout, addition."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(4, affine=False)
        self.fc = nn.Linear(4, 5)

    def forward(self, images):
        seen = self.relu(self.bn1(self.conv1(images)))
        deeper = self.bn2(self.conv2(seen))
        deeper += seen
        deeper = functional.relu(deeper, True)
        return self.fc(self.relu(deeper.mean((2, 3))))


def hooked(model, modules, batch):
    """Return what plain forward hooks see: by module the output of each of its calls, copied."""
    seen = {name: [] for name in modules}
    handles = [
        model.get_submodule(name).register_forward_hook(
            lambda _, __, output, name=name: seen[name].append(output.clone())
        )
        for name in modules
    ]
    with torch.no_grad():
        model(batch)
    for handle in handles:
        handle.remove()
    return seen


@pytest.mark.parametrize("name", ["resnet18", "googlenet"])
def test_every_name_of_torchvision_is_accepted(name):
    options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    model = zoo(name, **options)
    theirs = get_graph_node_names(model)[1]
    ours = layer_names(model)
    assert {*theirs} - {"x"} <= {*ours}
    assert len(ours) == len({*ours})
    modules = {module for module, _ in model.named_modules() if module}
    assert modules - {*ours} == set(), "modules that run can be asked for by their own names"
    assert ours[-1] == LOGITS


def test_names_come_in_order_of_execution(resnet):
    names = layer_names(resnet)
    stages = ["conv1", "bn1", "layer1.0.conv1", "layer1", "layer2", "layer4", "fc", LOGITS]
    assert sorted(stages, key=names.index) == stages


CASES = {
    "resnet18": ({}, ["conv1", "bn1", "relu", "layer1.0.bn1", "layer1.0.bn2", "layer2.0.downsample",
                      "layer2.0.downsample.0", "layer2.1", "layer3", "avgpool", "fc"]),
    "googlenet": ({"aux_logits": False, "init_weights": False},
                  ["conv1", "conv1.conv", "conv1.bn", "inception3a.branch2.0.bn", "inception4b",
                   "inception5b.branch1"]),
    "densenet": ({}, ["features.conv0", "features.norm0", "features.transition1.norm",
                         "features.denseblock2.denselayer2.norm1", "features.norm5"]),
    "mobilenet_v2": ({}, ["features.0.0", "features.0.1", "features.2.conv.1.1", "features.3",
                          "features.17.conv.3", "features.18"]),
    "squeezenet1_0": ({}, ["features.0", "features.3.squeeze", "features.3.expand1x1",
                           "classifier.1", "classifier.2"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_activations_are_those_that_hooks_see(name):
    """Also of one layer alone, where more BatchNorms are folded and side branches left out."""
    options, layers = CASES[name]
    model, batch = zoo(name, **options), images(64, count=1)
    expected = hooked(model, layers, batch)
    found = Extractor(model, layers)(batch)
    for layer in layers:
        close(found[layer], expected[layer][-1])
    for layer in layers[-3:]:
        close(Extractor(model, [layer])(batch)[layer], expected[layer][-1])


def test_calls_of_one_module_have_names_of_their_own(resnet):
    batch = images()
    first, second = hooked(resnet, ["layer1.0.relu"], batch)["layer1.0.relu"]
    found = Extractor(resnet, ["layer1.0.relu", "layer1.0.relu_1", "layer1.0.add", "layer1.0"])(
        batch
    )
    close(found["layer1.0.relu"], first)
    close(found["layer1.0.relu_1"], second)
    close(found["layer1.0"], second)
    close(found["layer1.0.add"].relu(), second)
    assert (found["layer1.0.add"] < 0).any(), "the sum is read before the ReLU changes it in place"


def test_in_place_operations_do_not_change_what_was_read():
    model, batch = seeded(Toy), images(8)
    with torch.no_grad():
        bn1 = model.bn1(model.conv1(batch))
        bn2 = model.bn2(model.conv2(bn1.relu()))
        added = bn2 + bn1.relu()
        pooled = added.relu().mean((2, 3))
    found = Extractor(model, ["conv1", "bn1", "relu", "bn2", "add", "relu_1", "mean", "fc"])(batch)
    expected = {
        "bn1": bn1,
        "relu": bn1.relu(),
        "bn2": bn2,
        "add": added,
        "relu_1": added.relu(),
        "mean": pooled,
    }
    assert (bn1 < 0).any()
    assert (added < 0).any()
    for layer, value in expected.items():
        close(found[layer], value)
    close(found["fc"], model(batch).detach())


@pytest.mark.parametrize("training", [True, False])
def test_the_model_stays_as_it_was(training):
    model = copy.deepcopy(zoo("resnet18")).train(training)
    model.layer1.eval()
    model.conv1.weight.requires_grad_(requires_grad=False)
    model.to(memory_format=torch.contiguous_format)

    def state():
        return {
            "training": [module.training for module in model.modules()],
            "frozen": [p.requires_grad for p in model.parameters()],
            "gradients": [p.grad for p in model.parameters()],
            "strides": [p.stride() for p in model.parameters()],
            "types": [p.dtype for p in model.parameters()],
            "inplace": [getattr(module, "inplace", None) for module in model.modules()],
            "modules": [name for name, _ in model.named_modules()],
            "hooks": [len(module._forward_hooks) for module in model.modules()],
        }

    before, weights = state(), {k: v.clone() for k, v in model.state_dict().items()}
    layer_names(model)
    before_relus(model, "layer1")
    batch = images().requires_grad_()
    for precision in ("float32", "bfloat16", "float64"):
        read = Extractor(model, ["layer1", LOGITS], precision=precision)(batch)
        read[LOGITS].sum().backward()
    assert state() == before
    assert all(torch.equal(value, weights[k]) for k, value in model.state_dict().items())


def test_a_model_in_training_mode_is_read_in_eval_mode(resnet):
    expected = Extractor(resnet, [LOGITS])(images())[LOGITS]
    training = copy.deepcopy(resnet).train()
    assert torch.equal(Extractor(training, [LOGITS])(images())[LOGITS], expected)
    assert training.training


class Broken(nn.Module):
    def forward(self, value):
        raise AssertionError


def test_a_mistaken_trace_gives_the_training_flag_back():
    model = nn.Sequential(Broken()).train()
    assert layer_names(model) == ["0", LOGITS]
    assert model.training


def test_unknown_layers_are_named_with_near_matches(resnet):
    with pytest.raises(UserError, match=r"mine has no layer 'layer33' \(did you mean .*layer3"):
        Extractor(resnet, ["layer33"], name="mine")
    with pytest.raises(UserError, match=r"from conv1 to fc and logits"):
        Extractor(resnet, [""])


def test_a_layer_that_gives_no_tensor_says_so():
    class Sized(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, batch):
            seen = self.conv(batch)
            return seen.view(seen.size(0), -1)

    assert "size" in layer_names(Sized())
    with pytest.raises(UserError, match="layer size gives 2, no activation"):
        Extractor(Sized(), ["size"])(images(8))


@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16", "float64"])
def test_activations_come_in_the_type_of_the_image(resnet, precision):
    exact = copy.deepcopy(resnet).double()(images().double()).detach()
    found = Extractor(resnet, [LOGITS], precision=precision)(images())[LOGITS]
    assert found.dtype == (torch.float64 if precision == "float64" else torch.float32)
    error = (found - exact).abs().max() / exact.abs().max()
    assert error < {"float64": 1e-6, "bfloat16": 0.1}.get(precision, 1e-4)
    assert error > {"bfloat16": 1e-4, "float64": 0}.get(precision, 1e-9)


@pytest.mark.parametrize(
    ("name", "layer", "before"),
    [
        ("squeezenet1_0", LOGITS, ["classifier.1"]),
        ("squeezenet1_0", "classifier.2", ["classifier.1"]),
        ("squeezenet1_0", "classifier.1", []),
        ("squeezenet1_0", "features.6", ["features.5.expand1x1", "features.5.expand3x3"]),
        ("googlenet", "inception3a",
         [f"inception3a.{part}.bn" for part in ("branch1", "branch2.1", "branch3.1", "branch4.1")]),
        ("densenet", "features.denseblock1", []),
        ("shufflenet_v2_x0_5", "stage2.0", ["stage2.0.branch1.3", "stage2.0.branch2.6"]),
        ("resnet18", "layer1.0", ["layer1.0.add"]),
        ("resnet18", "avgpool", ["layer4.1.add"]),
        ("resnet18", "conv1", []),
        ("resnet18", LOGITS, []),
        ("mobilenet_v2", "features.0", ["features.0.1"]),
        ("convnext_tiny", "features.1", []),
    ],
)  # fmt: skip
def test_the_layers_before_relus_are_known(name, layer, before):
    model = zoo(name, **CASES.get(name, [{}])[0])
    assert before_relus(model, layer) == before
    read = Extractor(model, [layer])(images(64))[layer]
    assert bool((read < 0).any()) == (before == [])
