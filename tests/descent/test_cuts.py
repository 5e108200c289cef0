"""A network is folded and cut to what its layers need, which changes no value."""

import copy

import pytest
import torch
from torch import nn
from zoo import close, images, seeded

from preimage.descent.layers import LOGITS, Extractor
from preimage.errors import UserError


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


class Padding(nn.Conv2d):
    """A convolution that pads by itself, as EfficientNet's do."""

    def forward(self, batch):
        return super().forward(nn.functional.pad(batch, (0, 1, 0, 1)))


class Standardising(nn.Conv2d):
    """A convolution that works with other weights than its own."""

    def forward(self, batch):
        weight = self.weight / self.weight.std()
        return nn.functional.conv2d(batch, weight, self.bias, padding=self.padding)


@pytest.mark.parametrize(("kind", "norms"), [(Padding, 0), (Standardising, 1)])
def test_a_convolution_of_anyones_is_folded_where_that_is_right(kind, norms):
    model = seeded(lambda: nn.Sequential(kind(3, 4, 3, padding=1), nn.BatchNorm2d(4)))
    reader = Extractor(model, [LOGITS])
    close(reader(images(8))[LOGITS], model(images(8)).detach())
    left = [m for m in reader._traced.modules() if isinstance(m, nn.BatchNorm2d)]
    used = [n for n in reader._traced.graph.nodes if n.op == "call_module" and n.target == "1"]
    assert len(used) == norms <= len(left)


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
    with pytest.raises(UserError, match=r"cannot take images of 8 x 8 pixels.*behind"):
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
    extractor(images())
    ran.clear()
    extractor(images())
    for handle in handles:
        handle.remove()
    assert ran[-1] == "layer2.0.conv1"
    assert not [name for name in ran if name.startswith(("layer2.0.conv2", "layer3", "fc"))]
