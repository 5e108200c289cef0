"""The attention of vision transformers can be read, and stays what it was."""

import pytest
import torch
from torch import nn
from torchvision.models import vit_b_16

from preimage.descent.attention import open_attention
from preimage.descent.layers import Extractor, layer_names

LAYER = "encoder.layers.encoder_layer_3.self_attention"
HEADS, EACH = 12, 64


@pytest.fixture(scope="module")
def transformer():
    torch.manual_seed(1)
    model = vit_b_16(weights=None, image_size=32, num_classes=5)
    nn.init.normal_(model.heads.head.weight)  # else every logit is 0
    return model


def images():
    return torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(2))


def test_heads_are_what_is_mixed(transformer):
    read = Extractor(transformer, [LAYER, f"{LAYER}.heads", "logits"], precision="float64")
    with torch.no_grad():
        found = read(images().double())
        whole = transformer.get_submodule(LAYER).out_proj.double()
        torch.testing.assert_close(whole(found[f"{LAYER}.heads"]), found[LAYER])
        expected = transformer.double().eval()(images().double())
    torch.testing.assert_close(found["logits"], expected)
    transformer.float()


def test_a_head_is_a_stretch_of_features(transformer):
    layer = transformer.get_submodule(LAYER).double().eval()
    tokens = torch.randn(1, 5, HEADS * EACH, generator=torch.Generator().manual_seed(3)).double()
    opened = open_attention(nn.Sequential(layer))[0]
    with torch.no_grad():
        _, weights = layer(tokens, tokens, tokens, average_attn_weights=False)  # [1, heads, 5, 5]
        values = opened.project(tokens)[..., 2 * HEADS * EACH :].unflatten(-1, (HEADS, EACH))
        heads = []
        opened.heads.register_forward_hook(lambda *found: heads.append(found[-1]))
        opened(tokens, tokens, tokens)
        for head in range(HEADS):
            expected = weights[:, head] @ values[:, :, head]
            mine = heads[0][..., head * EACH : (head + 1) * EACH]
            torch.testing.assert_close(mine, expected)
    layer.float()


def test_the_callers_network_keeps_its_own_attention(transformer):
    names = layer_names(transformer)
    assert f"{LAYER}.heads" in names
    assert f"{LAYER}.scaled_dot_product_attention" in names
    assert isinstance(transformer.get_submodule(LAYER), nn.MultiheadAttention)


def test_attention_of_another_kind_is_left_alone():
    other = nn.Sequential(nn.MultiheadAttention(8, 2, bias=False, batch_first=True))
    assert isinstance(open_attention(other)[0], nn.MultiheadAttention)
