"""Siblings of the networks of `test_proof`: five of each kind, right at every layer or refused."""

import random
import types

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import prune
from torch.utils.checkpoint import checkpoint
from torchvision import transforms as v1
from torchvision.models import ResNet18_Weights
from torchvision.transforms import v2
from zoo import seeded

from preimage.descent.layers import LOGITS, Extractor
from preimage.errors import UserError
from preimage.networks.modules import check_outputs

BATCH = torch.rand(5, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 0.5
NORMALISE = [0.4, 0.5, 0.6], [0.2, 0.3, 0.25]
RIGHT, REFUSED = {}, {}


class Toy(nn.Module):
    """A convolution in front, a classifier of three classes behind."""

    def __init__(self, front=None, **parts):
        super().__init__()
        self.conv = front or nn.Conv2d(3, 8, 3)
        self.end = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.end(self.conv(x))


def toy(refused=None, **parts):
    """Make a network of a forward, by whose name the test is called.

    refused: a part of what is said. parts: what else it holds, made when it is built.
    """

    def made(forward):
        network = type("Toy", (Toy,), {"forward": forward})
        return built(refused)(
            lambda: network(**{name: make() for name, make in parts.items()}), forward.__name__
        )

    return made


def built(refused=None):
    """Make a test of what builds a network."""

    def made(build, name=None):
        cases = REFUSED if refused else RIGHT
        cases[name or build.__name__] = (build, refused) if refused else build
        return build

    return made


# Statements that change something in place.


@toy(head=lambda: nn.Linear(8, 3))
def a_view_is_older_than_the_change(self, x):
    seen = self.conv(x)
    flat = seen.flatten(2)
    seen.relu_()
    return self.end(seen) + self.head(flat.mean(2))


@toy()
def through_a_view_of_another_kind(self, x):
    seen = self.conv(x)
    seen.ravel().clamp_(0, 0.2)
    seen.swapdims(1, 2)[:, 2].zero_()
    return self.end(seen)


@toy()
def masked(self, x):
    seen = self.conv(x)
    seen[seen < 0] = 0.1
    return self.end(seen)


@toy()
def copied_over(self, x):
    seen = self.conv(x)
    seen.copy_(seen.tanh())
    return self.end(seen)


@toy()
def behind_the_back_of_autograd(self, x):
    seen = self.conv(x)
    seen.data.clamp_(min=0)
    return self.end(seen)


# What stands in front.


@built()
def normalised_by_v1():
    return nn.Sequential(v1.Normalize(*NORMALISE), Toy())


@built()
def cropped_and_normalised():
    return nn.Sequential(v2.Compose([v2.CenterCrop(10), v2.Normalize(*NORMALISE)]), Toy())


@built()
def transforms_of_weights():
    return nn.Sequential(ResNet18_Weights.DEFAULT.transforms(crop_size=12, resize_size=14), Toy())


@built()
def normalised_by_a_hook():
    network = Toy()
    network.register_forward_pre_hook(lambda _, given: (given[0] * 2 - 1,))
    return network


@toy(mean=lambda: torch.full((3, 1, 1), 0.4))
def mean_that_is_no_buffer(self, x):
    return self.end(self.conv((x - self.mean) / 0.2))


# Names.


@toy(flatten=lambda: nn.Conv2d(8, 8, 3), add=lambda: nn.Conv2d(8, 8, 1))
def named_like_operations(self, x):
    seen = self.flatten(torch.flatten(self.conv(x), 2).unflatten(2, (14, 14)) + 1)
    return self.end(self.add(seen + 1))


@toy(part=lambda: nn.Conv2d(8, 8, 3, padding=1), part_1=lambda: nn.Conv2d(8, 8, 1))
def called_three_times(self, x):
    seen = self.conv(x)
    for _ in range(3):
        seen = self.part(seen)
    return self.end(self.part_1(seen))


@toy(z=lambda: nn.ModuleDict({"b_1": nn.Conv2d(8, 8, 3), "b": nn.Conv2d(8, 8, 3)}))
def not_in_the_order_of_names(self, x):
    return self.end(self.z["b"](self.z["b_1"](self.conv(x))))


@toy(one=lambda: nn.Conv2d(8, 8, 1))
def one_module_of_two_names(self, x):
    self.other = self.one
    return self.end(self.other(self.one(self.conv(x))))


@toy(left_out=lambda: nn.Linear(2, 2), logits=lambda: nn.Conv2d(8, 8, 1))
def a_module_called_logits(self, x):
    return self.end(self.logits(self.conv(x)))


# Outputs.


@toy("several outputs: say which, `output:` of 0, 1")
def keys_that_are_numbers(self, x):
    return {0: self.conv(x), 1: self.end(self.conv(x))}


@toy("say which, `output:` of out")
def within_another(self, x):
    return {"out": {"logits": self.end(self.conv(x))}}


@toy("nothing but SimpleNamespace")
def in_a_namespace(self, x):
    return types.SimpleNamespace(logits=self.end(self.conv(x)))


@toy("several outputs: say which, `output:` of 0, 1")
def beside_none(self, x):
    return self.end(self.conv(x)), None


@toy("say which, `output:` of 0")
def a_list_of_images(self, x):
    return [{"boxes": self.end(self.conv(image[None]))} for image in x]


# Rows.


@toy("something else when other images are beside it, first in end.0 ")
def in_another_order(self, x):
    return self.end(self.conv(x).flip(0))


@toy("something else when other images are beside it, first in end.2 ")
def reshaped_across_images(self, x):
    seen = self.conv(x)
    return self.end[2](seen.transpose(0, 1).reshape(len(seen), 8, -1).mean(2))


@toy("layer logits of mine gives 3 rows for a single image")
def turned(self, x):
    return self.end(self.conv(x)).T


@toy("layer logits of mine gives 3 rows for a single image")
def squeezed(self, x):
    return self.end(self.conv(x)).squeeze()


@toy()
def strides_of_its_own(self, x):
    return self.end(self.conv(torch.as_strided(x, (len(x), 3, 8, 8), (768, 256, 32, 2))))


# Company.


@toy("something else when other images are beside it, first in end.0 ")
def normalised_by_the_batch(self, x):
    return self.end(functional.batch_norm(self.conv(x), None, None, training=True))


@toy("something else when other images are beside it")
def relative_to_the_largest(self, x):
    seen = self.conv(x)
    return self.end(seen / seen.abs().max())


@toy(
    "something else when other images are beside it", attention=lambda: nn.MultiheadAttention(8, 2)
)
def attention_over_the_batch(self, x):
    tokens = self.conv(x).flatten(2).mT
    return self.end[2](self.attention(tokens, tokens, tokens)[0].mean(1))


@toy("something else when other images are beside it")
def only_in_larger_company(self, x):
    seen = self.conv(x)
    return self.end(seen - seen.mean(0) if len(seen) > 3 else seen)


@toy("something else when other images are beside it, first in end.0 ")
def in_company_of_three_by_arithmetic(self, x):
    seen = self.conv(x)
    return self.end(seen - seen.mean(0) * (seen.shape[0] > 2))


@toy("something else when other images are beside it, first in end.0 ")
def two_places_on(self, x):
    return self.end(self.conv(x).roll(2, 0))


@toy("something else when other images are beside it, first in end.0 ")
def the_third_relative_to_the_first(self, x):
    seen = self.conv(x)
    return self.end(torch.cat([seen[:2], seen[2:] - seen[:1]]))


@toy("something else when other images are beside it, first in end.0 ")
def in_company_of_three_unless_it_cannot_be_asked(self, x):
    seen = self.conv(x)
    try:
        many = len(seen) > 2
    except RuntimeError:  # as a trace raises it
        many = False
    return self.end(seen - seen.mean(0) if many else seen)


class Company(nn.Conv2d):
    """What a trace takes for one operation."""

    def forward(self, x):
        seen = super().forward(x)
        return seen - seen.mean(0) if len(seen) > 2 else seen


@built("something else when other images are beside it, first in conv ")
def convolutions_of_company():
    return Toy(Company(3, 8, 3))


@built("something else when other images are beside it, first in 0 ")
def torchs_own_with_a_hook():
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(1568, 3))
    network[0].register_forward_hook(lambda _, __, seen: seen.roll(2, 0))
    return network


@toy("mine gives something else each time", kept=list)
def relative_to_what_came_first(self, x):
    seen = self.conv(x)
    if not self.kept:
        self.kept.append(seen.detach().mean((0, 2, 3), keepdim=True))
    return self.end(seen - self.kept[0])


# Branches that a trace would freeze.


@toy()
def asks_how_many_for_their_shape(self, x):
    seen = self.conv(x)
    return self.end(seen.reshape(seen.shape[0], 8, -1, 2).flatten(2).view(*seen.shape))


@toy()
def asks_for_the_very_type(self, x):
    return self.end(self.conv(x) * (2 if type(x) is torch.Tensor else 1))


@toy()
def falls_back(self, x):
    try:
        times = 2 + int(x.sum() > 1e9)
    except TypeError:
        times = 5
    return self.end(self.conv(x) * times)


@toy(kept=dict)
def keeps_what_depends_on_the_size(self, x):
    seen = self.conv(x)
    size = seen.shape[-1]
    if size not in self.kept:
        self.kept[size] = torch.linspace(0, 1, size)
    return self.end(seen * self.kept[size])


@toy("something else when no gradient is asked for, first in end.0 ")
def asks_for_gradients(self, x):
    return self.end(self.conv(x) * (2 if torch.is_grad_enabled() else 1))


@toy("something else each time that it sees the same image, first in ")
def noise_within_rounding(self, x):
    seen = self.conv(x)
    return self.end(seen + 1e-5 * torch.randn_like(seen))


@toy("something else each time")
def draws_from_pythons_generator(self, x):
    return self.end(self.conv(x)) + random.random() + np.random.rand()


# What stands in the way.


@built()
def spectral_norm_as_it_was():
    conv = nn.utils.spectral_norm(nn.Conv2d(3, 8, 3))
    return nn.Sequential(conv, nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(1568, 3))


@built()
def pruned():
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(1568, 3))
    prune.l1_unstructured(network[0], "weight", 0.5)
    return network


@toy(part=lambda: nn.Sequential(nn.Conv2d(8, 8, 3), nn.ReLU(inplace=True), nn.Conv2d(8, 8, 3)))
def computes_again_for_the_gradient(self, x):
    return self.end(checkpoint(self.part, self.conv(x), use_reentrant=False))


@built()
def a_method_put_in_its_place():
    network = Toy()
    network.forward = types.MethodType(lambda self, x: self.end(self.conv(x) * 2), network)
    return network


@toy()
def any_number_of_arguments(self, *images):
    return self.end(functional.relu(self.conv(images[0])))


@built("cannot be copied, and it is a copy that is read: Attempted to use an uninitialized param")
def not_initialised():
    return nn.Sequential(nn.LazyConv2d(8, 3), nn.Flatten(), nn.Linear(1568, 3))


@toy("choose another size or mend its forward: .* takes 1 positional argument but 2 were given")
def by_keyword_only(self, *, images):
    return self.end(self.conv(images))


NOT_READ = {"a_module_called_logits": ["left_out", "logits"], "not_in_the_order_of_names": ["z"]}


@pytest.mark.parametrize("name", RIGHT)
def test_every_layer_is_that_of_the_module_itself(name):
    """Of each image alone, by a hook; whether a gradient is asked for or not."""
    model = seeded(RIGHT[name])
    layers = [
        layer for layer, _ in model.named_modules() if layer not in ("", *NOT_READ.get(name, ()))
    ]
    for layer in [*layers, LOGITS]:
        expected = torch.cat([alone(model, layer, image[None].clone()) for image in BATCH])
        read = Extractor(model, [layer])
        for grad in (True, False):
            with torch.set_grad_enabled(grad):
                found = read(BATCH.clone().requires_grad_(grad))[layer].detach()
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def alone(model, layer, image):
    """Return what a module gives an image at its first call."""
    if layer == LOGITS:
        return model(image)
    seen = []
    module = model.get_submodule(layer)
    handle = module.register_forward_hook(lambda _, __, given: seen.append(given.clone()))
    model(image)
    handle.remove()
    return seen[0]


@pytest.mark.parametrize("name", REFUSED)
def test_or_it_is_refused(name):
    build, said = REFUSED[name]
    with pytest.raises(UserError, match=said):
        Extractor(seeded(build), [LOGITS], name="mine")(BATCH)


def test_in_reduced_precision_of_its_own():
    """Which a trace would leave out."""

    class Own(Toy):
        def forward(self, x):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                seen = self.conv(x)
            return self.end(seen.float())

    model = seeded(Own)
    found = Extractor(model, ["conv"])(BATCH)["conv"]
    assert torch.equal(found, alone(model, "conv", BATCH).float())


def test_maps_of_logits_are_no_logits():
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 3, 1))
    with pytest.raises(UserError, match="mine gives 3 x 1 x 1 outputs of a picture"):
        check_outputs(network, 3, 16, "mine")


def test_what_is_no_activation_is_named_shortly():
    class Splits(nn.Module):
        def forward(self, x):
            return x.chunk(2, 1)

    class Split(Toy):
        def forward(self, x):
            return self.end(torch.cat(self.split(self.conv(x)), 1))

    with pytest.raises(UserError, match="layer split gives a tuple, no activation"):
        Extractor(seeded(lambda: Split(split=Splits())), ["split"])(BATCH)
