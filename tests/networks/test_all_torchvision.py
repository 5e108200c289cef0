"""Every classification architecture of torchvision can be descended on, or is listed with why not.

Each is built untrained, with few classes and at a small size, and asked for a logit and for a
feature map, or a feature of a token, in the middle of it.
"""

import gc

import pytest
import torch
from torch import nn

from preimage.descent.layers import LOGITS, Extractor, layer_names
from preimage.descent.objective import Objective
from preimage.descent.value import Value
from preimage.errors import UserError
from preimage.networks.network import architectures, build, complete_options

SIZES = {"inception_v3": 75, "vit_h_14": 56, "maxvit_t": 224}  # pixels; the others take 64
CLASSES = 10
NO_GRADIENT_UNTRAINED = {
    "vit_b_16": "the head starts as zeros: every logit is 0 whatever the picture",
    "vit_b_32": "the same",
    "vit_h_14": "the same",
    "vit_l_16": "the same",
    "vit_l_32": "the same",
}


@pytest.fixture(autouse=True)
def freed():
    """Free each network before the next: traced ones refer to themselves, so nobody else does."""
    yield
    gc.collect()


@pytest.mark.parametrize("architecture", architectures())
def test_a_logit_and_a_hidden_feature_have_a_gradient(architecture, caplog):
    size = SIZES.get(architecture, 64)
    model = build(architecture, CLASSES, options=complete_options(architecture, size, {}))
    if architecture in NO_GRADIENT_UNTRAINED:
        draw_the_head_of_zeros(model)
    image = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    extractor, feature = look_inside(model, image)
    assert str(Objective.parse(feature)) == feature
    for address in (f"net:{LOGITS}[0]", feature):
        found = gradient(address, extractor, image)
        assert found.isfinite().all(), f"{address}: the gradient is not finite"
        assert found.any(), f"{address}: the gradient is zero"
    assert "read by hooks" not in caplog.text, "its trace is right"


def draw_the_head_of_zeros(model):
    head = model.heads.head.weight
    assert not head.any(), "it is zeros no longer: take it off the list"
    nn.init.normal_(head, std=0.02, generator=torch.Generator().manual_seed(0))


def look_inside(model, image):
    """Return an extractor and the address of the strongest feature in the middle of the network.

    The middle one of its modules in order of execution is taken; where its activation is neither
    tokens nor square maps, as in MaxViT's windows, the next that is.
    """
    modules = dict(model.named_modules())
    names = [name for name in layer_names(model) if name in modules]
    for name in names[len(names) // 2 :]:
        extractor = Extractor(model, [name, LOGITS])
        try:
            axes = extractor.layouts(image.shape[-1])[name].axes
        except UserError:
            continue
        channel = axes.index("feature" if "token" in axes else "map")
        strength = extractor(image)[name][0].movedim(channel, 0).flatten(1).sum(dim=1)
        index = "token=0, feature={}" if "token" in axes else "{}"
        return extractor, f"net:{name}[{index.format(strength.argmax())}]"
    raise AssertionError(f"no layer of {names} can be addressed")


def gradient(address, extractor, image):
    image = image.clone().requires_grad_()
    value = Value([Objective.parse(address)], {"net": extractor}, {}, image.shape[-1])(image).value
    return torch.autograd.grad(value.sum(), image)[0]
