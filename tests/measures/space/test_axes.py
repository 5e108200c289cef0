"""Means of feature maps are those of the activations, with and without BatchNorm."""

import pytest
import torch
from torch import nn
from torchvision.models import googlenet, resnet18, squeezenet1_1, vit_b_32

from preimage.errors import UserError
from preimage.measures.space.axes import map_means, without_batch_norm
from preimage.networks.prepared import Input, Prepared
from preimage.photos import squash


@pytest.fixture(scope="module")
def model():
    """Return a small GoogLeNet whose BatchNorms have something to do."""
    torch.manual_seed(0)
    model = googlenet(num_classes=3, aux_logits=False, init_weights=False)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 2)
    return model.eval().requires_grad_(requires_grad=False)


@pytest.fixture
def images():
    return torch.rand(3, 3, 40, 40, generator=torch.Generator().manual_seed(1))


def hooked(model, images, size):
    seen = []
    handle = model.inception5a.register_forward_hook(lambda m, i, o: seen.append(o))
    with torch.no_grad():
        model(squash(images, size))
    handle.remove()
    return seen[0].mean(dim=(2, 3))


def test_means_are_those_of_a_hook(model, images):
    maps = [*range(800, 0, -1)]
    found = map_means(model, images.split(2), 64, "inception5a", maps, batch=2)
    expected = hooked(model, images, 64)[:, maps]
    assert expected.std() > 0.01
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-3, atol=1e-5)


def test_without_batch_norm_a_module_gives_something_else(model, images):
    bare = without_batch_norm(model, "inception5a", "net")
    norms = [n for n, m in bare.named_modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms
    assert not [n for n in norms if n.startswith("inception5a.")]
    assert isinstance(model.inception5a.branch1.bn, nn.BatchNorm2d)
    found = map_means(bare, [images], 64, "inception5a", range(832), batch=3)
    expected = hooked(bare, images, 64)
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-3, atol=1e-5)
    assert (expected - hooked(model, images, 64)).abs().max() > 0.1


def test_without_batch_norm_a_network_keeps_what_it_expects_of_an_image(model, images):
    prepared = Prepared(model, Input(range=(-1, 1)))
    bare = without_batch_norm(prepared, "inception5a", "net")
    found = map_means(bare, [images], 64, "inception5a", range(832), batch=3)
    plain = without_batch_norm(model, "inception5a", "net")
    expected = hooked(plain, squash(images, 64) * 2 - 1, 64)
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-3, atol=1e-4)


def test_features_are_their_own_means(images):
    torch.manual_seed(0)
    model = resnet18(num_classes=4).eval()
    found = map_means(model, [images], 32, "logits", [3])
    with torch.no_grad():
        expected = model(squash(images, 32))[:, 3:]
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("inception9", "net has no module 'inception9'"),
        ("maxpool1", "maxpool1 of net has no BatchNorm in it"),
        ("logits", "net has no module 'logits'"),
    ],
)
def test_a_module_without_batch_norm_cannot_lose_it(model, layer, message):
    with pytest.raises(UserError, match=message):
        without_batch_norm(model, layer, "net")


def test_layers_of_tokens_and_unknown_layers_are_errors(images):
    model = vit_b_32(image_size=32, num_classes=2).eval()
    with pytest.raises(UserError, match="token"):
        map_means(model, [images], 32, "encoder.layers.encoder_layer_0.mlp", [0])
    with pytest.raises(UserError, match="no layer 'fire'"):
        map_means(squeezenet1_1().eval(), [images], 64, "fire", [0])
