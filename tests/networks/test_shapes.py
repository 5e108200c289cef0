"""Networks without values are built as they are with them, and take no memory."""

import pytest
import torch

from preimage.cost.estimate import drawn
from preimage.descent.layers import Extractor
from preimage.networks.network import build, complete_options
from preimage.networks.plan import NetworkPlan
from preimage.networks.shapes import without_values


@pytest.mark.parametrize("architecture", ["regnet_y_400mf", "swin_t", "squeezenet1_1"])
def test_shapes_are_those_of_the_network_with_values(architecture):
    """Of which RegNet computes its widths in tensors, and Swin Transformers where windows are."""
    options = complete_options(architecture, 64, {})
    with without_values():
        bare = build(architecture, 10, options=options)
    assert all(value.is_meta for value in bare.parameters())
    real = build(architecture, 10, options=options).state_dict()
    found = bare.state_dict()
    assert {k: v.shape for k, v in found.items()} == {k: v.shape for k, v in real.items()}
    kept = {key: value for key, value in found.items() if not value.is_meta}
    assert all(torch.equal(value, real[key]) for key, value in kept.items())
    (shape,) = (
        one.shape for one in Extractor(bare, ["logits"], device="meta").layouts(64).values()
    )
    assert shape == (10,)


def test_what_is_drawn_in_a_moment_keeps_what_has_values():
    """As where windows are: a network that is tried would look for them anywhere."""
    model = drawn(
        NetworkPlan(
            name="swin", architecture="swin_t", size=64, categories=["a", "b"], weights="DEFAULT"
        )
    )
    real = build("swin_t", 2)
    for key, value in model.named_buffers():
        assert torch.equal(value, real.get_buffer(key))
    assert model(torch.rand(1, 3, 64, 64)).isfinite().all()
