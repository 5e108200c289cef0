"""Families of timm can be read and descended on, at their last layer and inside."""

import pytest
import torch
from torch import nn
from trials import try_all

timm = pytest.importorskip("timm")

# A small one of each family, and the side of its images in pixels.
FAMILIES = {
    "convnext_atto": 64,
    "efficientnet_b0": 64,
    "regnety_002": 64,
    "vit_tiny_patch16_224": 224,
    "deit_tiny_patch16_224": 224,
    "swin_s3_tiny_224": 224,
    "mobilenetv4_conv_small": 64,
    "resnet18d": 64,
    "mixer_s32_224": 224,
    "pvt_v2_b0": 64,
    "edgenext_xx_small": 96,
    "hrnet_w18_small": 64,
    "tf_efficientnet_lite0": 64,
}
UNTRACEABLE = {"mobilevit_xxs": 64}


@pytest.mark.parametrize("name", FAMILIES | UNTRACEABLE)
def test_a_logit_and_a_hidden_feature_have_a_gradient(name, caplog):
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=10).eval()
    if not model.get_classifier().weight.any():  # heads of zeros have no gradient untrained
        nn.init.normal_(model.get_classifier().weight, std=0.02)
    side = (FAMILIES | UNTRACEABLE)[name]
    try_all(model, torch.rand(1, 3, side, side))
    assert ("cannot be traced" in caplog.text) == (name in UNTRACEABLE)
