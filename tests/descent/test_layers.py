"""What is read at a named layer is what that layer gives, and the caller's model never notices."""

import copy
import functools
import warnings

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional
from torchvision.models.feature_extraction import get_graph_node_names

from preimage.descent.layers import (
    LOGITS,
    Extractor,
    Layout,
    before_relu,
    layer_names,
)
from preimage.descent.objective import Objective
from preimage.errors import UserError
from preimage.precision import arithmetic


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


def seeded(build, **options):
    """Return a network in eval mode with weights, and BatchNorms that do something."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = build(**options)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(std=0.3)
            module.running_var.uniform_(0.5, 2)
            if module.affine:
                nn.init.normal_(module.weight, 1, 0.2)
                nn.init.normal_(module.bias, 0, 0.3)
    return model.eval()


@functools.cache
def zoo(name, **options):
    """Return a classifier of five classes; shared by tests, so they change a copy of it only."""
    if name == "densenet":
        return seeded(torchvision.models.DenseNet, num_classes=5, block_config=(2, 2))
    return seeded(getattr(torchvision.models, name), num_classes=5, **options)


@pytest.fixture(scope="module")
def resnet():
    return zoo("resnet18")


def images(side=32, count=2):
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))


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


def close(one, other):
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5 * float(other.abs().max()))


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
    stages = ["conv1", "bn1", "layer1", "layer1.0.conv1", "layer2", "layer4", "fc", LOGITS]
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


def test_folding_changes_a_gradient_only_to_rounding(resnet):
    batch = images().double().requires_grad_()
    exact = copy.deepcopy(resnet).double()
    (plain,) = torch.autograd.grad(exact(batch)[:, 2].sum(), batch)
    read = Extractor(resnet, [LOGITS], precision="float64")(batch)[LOGITS]
    (ours,) = torch.autograd.grad(read[:, 2].sum(), batch)
    torch.testing.assert_close(ours, plain, rtol=1e-4, atol=1e-6 * float(plain.abs().max()))


def test_the_convolution_before_a_batch_norm_gives_its_own_value(resnet):
    batch = images()
    for wanted in (["conv1"], ["conv1", "bn1"], ["bn1", "conv1", LOGITS]):
        found = Extractor(resnet, wanted)(batch)["conv1"]
        close(found, resnet.conv1(batch).detach())


def test_a_batch_norm_without_statistics_is_left_as_it_is():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, track_running_stats=False)).eval()
    close(Extractor(model, ["1"])(images(8))["1"], model(images(8)).detach())


def test_a_convolution_used_twice_is_not_folded():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.bn = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)

        def forward(self, batch):
            return self.conv(self.bn(self.conv(batch)))

    model = seeded(Twice)
    close(Extractor(model, [LOGITS])(images(8))[LOGITS], model(images(8)).detach())


class Forbidden(nn.Module):
    def forward(self, value):
        raise AssertionError("this layer is behind the one asked for")


def test_nothing_behind_the_deepest_layer_is_computed():
    def network(end):
        return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), end).eval()

    class Opaque(Forbidden):
        """A leaf to the tracer, so that only running it raises."""

    Opaque.__module__ = "torch.nn.opaque"
    model = network(Opaque())
    with pytest.raises(AssertionError, match="behind"):
        Extractor(model, ["3"])(images(8))
    assert set(Extractor(model, ["0", "2"])(images(8))) == {"0", "2"}


def test_only_what_leads_to_the_layer_runs(resnet):
    ran = []
    handles = [
        module.register_forward_hook(lambda _, __, ___, name=name: ran.append(name))
        for name, module in resnet.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear)
    ]
    extractor = Extractor(resnet, ["layer2.0.bn1"])
    ran.clear()
    extractor(images())
    for handle in handles:
        handle.remove()
    assert ran[-1] == "layer2.0.conv1"
    assert not [name for name in ran if name.startswith(("layer2.0.conv2", "layer3", "fc"))]


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
    before_relu(model, "layer1")
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


def test_a_mistaken_trace_gives_the_training_flag_back():
    model = nn.Sequential(Forbidden()).train()
    with pytest.raises(AssertionError):
        layer_names(model)
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


# Where an activation's axes are


@pytest.mark.parametrize(
    ("name", "options", "side", "layer", "axes", "shape"),
    [
        ("resnet18", {}, 64, "layer1", ("map", "row", "column"), (64, 16, 16)),
        ("resnet18", {}, 64, "layer4", ("map", "row", "column"), (512, 2, 2)),
        ("resnet18", {}, 64, "avgpool", ("map", "row", "column"), (512, 1, 1)),
        ("resnet18", {}, 256, "layer1", ("map", "row", "column"), (64, 64, 64)),
        ("resnet18", {}, 64, LOGITS, ("feature",), (5,)),
        ("vit_b_16", {"image_size": 32}, 32, "encoder.layers.encoder_layer_3",
         ("token", "feature"), (5, 768)),
        ("vit_b_16", {"image_size": 32}, 32, "conv_proj", ("map", "row", "column"), (768, 2, 2)),
        ("swin_t", {}, 64, "features.1", ("row", "column", "map"), (16, 16, 96)),
        ("convnext_tiny", {}, 64, "features.1.0.block.2", ("row", "column", "map"), (16, 16, 96)),
        ("convnext_tiny", {}, 64, "features.1", ("map", "row", "column"), (96, 16, 16)),
    ],
)  # fmt: skip
def test_axes_have_names(name, options, side, layer, axes, shape):  # noqa: PLR0917
    layout = Extractor(zoo(name, **options), [layer]).layouts(side)[layer]
    assert (layout.axes, layout.shape) == (axes, shape)


MAPS = Layout("conv", ("map", "row", "column"), (6, 4, 4))
LAST = Layout("swin", ("row", "column", "map"), (4, 4, 6))
TOKENS = Layout("block", ("token", "feature"), (5, 8))
VECTOR = Layout("fc", ("feature",), (10,))


def picked(layout, index):
    """Return the positions that the index addresses, in an activation that holds its positions."""
    ((_, term),) = Objective.parse(f"net:{layout.layer}{index}").terms
    where = torch.zeros(layout.shape)
    where[layout.locate(term)] = 1
    return [tuple(position) for position in where.nonzero().tolist()]


def test_an_index_addresses_what_it_says():
    assert picked(MAPS, "[5, 1, 2]") == [(5, 1, 2)]
    assert picked(LAST, "[5, 1, 2]") == [(1, 2, 5)], "map first in the address, last in memory"
    assert len(picked(MAPS, "[5]")) == len(picked(LAST, "[5]")) == 16
    assert picked(MAPS, "[5, :1, 2:]") == [(5, 0, 2), (5, 0, 3)]
    assert picked(MAPS, "[row=0, column=3]") == [(m, 0, 3) for m in range(6)]
    assert len(picked(MAPS, "")) == 96
    assert picked(TOKENS, "[token=0, feature=3]") == [(0, 3)]
    assert picked(TOKENS, "[token=2]") == [(2, f) for f in range(8)]
    assert picked(TOKENS, "[feature=3]") == [(t, 3) for t in range(5)]
    assert picked(VECTOR, "[9]") == [(9,)]


@pytest.mark.parametrize(
    ("layout", "index", "message"),
    [
        (TOKENS, "[3]", r"net:block\[3\]: .*5 tokens x 8 features; say .*\[token=0, feature=5\]"),
        (TOKENS, "[0, 3]", "say which token and which feature"),
        (TOKENS, "[token=5, feature=0]", r"no token 5, .* \(token 0 to 4\)"),
        (MAPS, "[token=0, feature=3]", r"6 maps x 4 rows x 4 columns, not tokens.*\[map, row"),
        (LAST, "[token=0, feature=3]", r"not tokens; give \[map, row, column\]"),
        (VECTOR, "[token=0, feature=3]", r"not tokens; give \[feature\]"),
        (MAPS, "[6]", r"there is no map 6, .*\(map 0 to 5\)"),
        (LAST, "[0, 4]", r"no row 4"),
        (MAPS, "[0, 0, 4]", "no column 4"),
        (VECTOR, "[10]", "no feature 10"),
        (VECTOR, "[1, 2]", "has 1 ax.*, 2 given"),
        (MAPS, "[1, 2, 3, 0]", "has 3 axes, 4 given"),
        (MAPS, "[2:2]", "map 2:2 holds nothing"),
        (MAPS, "[0, 2:5]", "row 2:5 holds"),
        (MAPS, "[6:]", "map 6: holds nothing"),
    ],
)  # fmt: skip
def test_an_address_that_is_not_there_is_refused(layout, index, message):
    ((_, term),) = Objective.parse(f"net:{layout.layer}{index}").terms
    with pytest.raises(UserError, match=message):
        layout.locate(term)


def test_windows_are_no_layer_to_address():
    class Windows(nn.Module):
        def forward(self, batch):
            return batch[..., :3].flatten(2)[:, :, :, None].expand(-1, -1, -1, 2)

    with pytest.raises(UserError, match="layer expand gives 3 x 24 x 2: neither features, tokens"):
        Extractor(Windows(), ["expand"]).layouts(8)


# ReLUs


@pytest.mark.parametrize(
    ("name", "layer", "before"),
    [
        ("squeezenet1_0", LOGITS, "classifier.1"),
        ("squeezenet1_0", "classifier.2", "classifier.1"),
        ("squeezenet1_0", "classifier.1", None),
        ("resnet18", "layer1.0", "layer1.0.add"),
        ("resnet18", "avgpool", "layer4.1.add"),
        ("resnet18", "conv1", None),
        ("resnet18", LOGITS, None),
        ("mobilenet_v2", "features.0", "features.0.1"),
        ("convnext_tiny", "features.1", None),
    ],
)
def test_the_layer_before_a_relu_is_known(name, layer, before):
    model = zoo(name)
    assert before_relu(model, layer) == before
    read = Extractor(model, [layer])(images(64))[layer]
    assert bool((read < 0).any()) == (before is None)


# Arithmetic


def flags():
    return (
        torch.backends.cuda.matmul.fp32_precision,
        torch.backends.cudnn.conv.fp32_precision,
        torch.backends.cudnn.deterministic,
    )


@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16", "float64"])
def test_arithmetic_is_restored_also_after_an_error(precision):
    before = flags()
    expected = "tf32" if precision == "tf32" else "ieee"

    def fail():
        assert flags() == (expected, expected, True)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), arithmetic(precision):
        fail()
    assert flags() == before
