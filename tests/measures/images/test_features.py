"""A network's features are what goes into its last weights, whatever the architecture."""

import pytest
import torch
from torch import nn

from preimage.descent.layers import before_last_weights
from preimage.errors import UserError
from preimage.measures.images.features import Features
from preimage.networks.network import build

IMAGES = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("architecture", "last"),
    [
        ("resnet18", "fc"),
        ("googlenet", "fc"),
        ("alexnet", "classifier.6"),
        ("mobilenet_v3_small", "classifier.3"),
        ("convnext_tiny", "classifier.2"),
    ],
)
def test_features_times_the_last_weights_are_the_logits(architecture, last):
    model = build(
        architecture, 5, options={"init_weights": False} if "goog" in architecture else {}
    )
    found = Features(model, 64)(IMAGES)
    assert torch.allclose(model.get_submodule(last)(found), model(IMAGES), atol=1e-4)


def test_of_maps_the_mean_over_positions_is_taken():
    model = build("squeezenet1_1", 5)
    last = model.classifier[1]
    for weights in last.parameters():
        nn.init.uniform_(weights, 0.1, 1)  # so that the ReLU behind them lets all pass
    found = Features(model, 64)(IMAGES)
    assert found.shape == (2, 512)
    assert torch.allclose(last(found[..., None, None])[..., 0, 0], model(IMAGES), atol=1e-4)


def test_a_network_without_a_layer_before_its_weights_is_an_error():
    with pytest.raises(UserError, match="no layer before its last weights"):
        before_last_weights(nn.Sequential(nn.Conv2d(3, 5, 1)))


class Untraceable(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4, 5)

    def forward(self, images):
        seen = self.conv(images)
        return self.head(seen.relu().mean((2, 3)) if seen.isfinite().all() else seen)


def test_features_of_a_network_that_cannot_be_traced_are_what_its_head_is_fed():
    torch.manual_seed(0)
    model = Untraceable().eval()
    with torch.no_grad():
        expected = model.conv(IMAGES).relu().mean((2, 3))
        torch.testing.assert_close(Features(model, 64)(IMAGES), expected)


def test_pictures_are_no_features():
    class Head(Untraceable):
        def forward(self, images):
            return self.conv(images if images.isfinite().all() else -images).mean((2, 3))

    with pytest.raises(UserError, match="no layer before its last weights"), torch.no_grad():
        Features(Head().eval(), 64)(IMAGES)
