"""Every classification architecture of torchvision can be descended on, or is listed with why not.

Each is built untrained, with few classes and at a small size, and asked for a logit and for a
feature map, or a feature of a token, in the middle of it; what is read in a dozen of its modules is
what hooks see there.
"""

import gc

import pytest
import torch
from torch import nn
from trials import try_all

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
    try_all(model, image)
    assert "read by hooks" not in caplog.text, "its trace is right"


def draw_the_head_of_zeros(model):
    head = model.heads.head.weight
    assert not head.any(), "it is zeros no longer: take it off the list"
    nn.init.normal_(head, std=0.02, generator=torch.Generator().manual_seed(0))
