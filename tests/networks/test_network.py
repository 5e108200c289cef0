"""Networks are built, given weights, kept as files, and come back as they were."""

import json

import numpy as np
import pytest
import safetensors.torch
import torch
import torchvision
from PIL import Image
from torch import nn

from preimage.errors import UserError
from preimage.networks.network import (
    Network,
    architectures,
    build,
    complete_options,
    load_network,
    named_weights,
    save_network,
)
from preimage.networks.states import load_file

SMALL = "shufflenet_v2_x0_5"  # 0.3 million weights with 5 classes
CLASSES = ("cat", "dog", "fish", "hen", "fox")


def network(architecture=SMALL, *, seed=0, size=64, **options):
    model = build(architecture, len(CLASSES), seed=seed, options=options)
    return Network("mine", architecture, model, CLASSES, size, options)


def same_state(one, other):
    one, other = one.state_dict(), other.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


@pytest.fixture(scope="module")
def images():
    return torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


# --- building


def test_all_classification_architectures_are_known_and_no_others():
    known = architectures()
    assert {"googlenet", "inception_v3", "vit_h_14", "resnet50", "squeezenet1_0"} <= set(known)
    assert not {"fcn_resnet50", "raft_small", "r3d_18", "quantized_resnet50"} & set(known)


def test_the_seed_decides_the_weights():
    assert same_state(build(SMALL, 5, seed=3), build(SMALL, 5, seed=3))
    assert not same_state(build(SMALL, 5, seed=3), build(SMALL, 5, seed=4))


@pytest.mark.parametrize("architecture", [SMALL, "squeezenet1_1"])
def test_an_untrained_network_is_what_the_plain_constructor_draws(architecture):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        plain = torchvision.models.get_model(architecture, num_classes=5)
    assert same_state(build(architecture, 5, seed=7), plain)


@pytest.mark.filterwarnings("ignore:The default weight initialization")
@pytest.mark.parametrize("architecture", ["googlenet", "inception_v3"])
def test_networks_with_auxiliary_heads_are_drawn_as_the_constructor_draws_them(architecture):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        plain = torchvision.models.get_model(architecture, num_classes=5, aux_logits=False)
    model = build(architecture, 5, seed=7)
    assert same_state(model, plain)
    assert isinstance(model(torch.zeros(1, 3, 80, 80)), torch.Tensor)
    assert not model.transform_input
    assert build(architecture, 5, options={"transform_input": True}).transform_input


def test_the_global_random_generator_stays_as_it_was():
    before = torch.get_rng_state()
    build(SMALL, 5, seed=1)
    with pytest.raises(UserError):
        build(SMALL, 5, seed=1, options={"widthh": 2})
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_built_is_frozen_and_judges_rather_than_learns():
    model = build("mobilenet_v3_small", 5)
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert not any(module.training for module in model.modules())


def test_a_network_of_any_model_is_frozen_and_in_eval_mode():
    model = nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5))
    Network("mine", "none", model, CLASSES, 64)
    assert not model[1].training
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_an_unknown_architecture_names_those_like_it():
    with pytest.raises(
        UserError, match=r"unknown architecture 'resnet51' \(did you mean .*resnet50"
    ):
        build("resnet51", 5)


@pytest.mark.parametrize("name", ["fcn_resnet50", "ResNet18"])
def test_only_the_exact_name_of_a_classifier_is_an_architecture(name):
    with pytest.raises(UserError, match=f"unknown architecture '{name}'"):
        build(name, 5)


def test_the_initialisation_may_be_chosen_and_is_kept(tmp_path):
    own = build("googlenet", 5, options={"init_weights": False})
    usual = build("googlenet", 5)
    assert not torch.equal(own.conv1.conv.weight, usual.conv1.conv.weight)
    options = {"init_weights": False}
    save_network(
        Network("net", "googlenet", own, tuple("abcde"), 64, options),
        tmp_path / "net.safetensors",
        "x",
    )
    assert load_network(tmp_path / "net.safetensors").options == options


def test_options_that_the_builder_refuses_are_named():
    with pytest.raises(UserError, match=r"resnet18 cannot be built with .*transform_input"):
        build("resnet18", 5, options={"transform_input": True})
    with pytest.raises(UserError, match=r"vit_b_16 cannot be built with .*indivisible by patch"):
        build("vit_b_16", 5, options={"image_size": 65})
    with pytest.raises(UserError, match="googlenet: leave out the option aux_logits"):
        build("googlenet", 5, options={"aux_logits": True})


# --- options that come with torchvision's weights


@pytest.mark.parametrize("architecture", ["googlenet", "inception_v3"])
def test_transform_input_comes_with_torchvisions_weights_and_can_be_switched(architecture):
    def options(given, weights):
        return complete_options(architecture, 299, given, weights)["transform_input"]

    assert options({}, "IMAGENET1K_V1") is True
    assert options({"transform_input": False}, "IMAGENET1K_V1") is False
    assert options({}, None) is False
    assert options({"transform_input": True}, None) is True


def test_a_vision_transformer_takes_the_image_size_of_its_weights():
    swag = complete_options("vit_b_16", 384, {}, "IMAGENET1K_SWAG_E2E_V1")
    assert swag == {"image_size": 384}
    assert complete_options("vit_b_16", 224, {}, "IMAGENET1K_V1") == {"image_size": 224}
    assert complete_options("vit_b_16", 64, {}) == {"image_size": 64}
    assert complete_options("maxvit_t", 224, {}, "IMAGENET1K_V1") == {"input_size": [224, 224]}
    assert complete_options("resnet50", 299, {}, "IMAGENET1K_V1") == {}


@pytest.mark.parametrize(
    ("size", "options", "weights", "message"),
    [
        (
            224,
            {},
            "IMAGENET1K_SWAG_E2E_V1",
            r"with IMAGENET1K_SWAG_E2E_V1 takes pictures of 384 .*224",
        ),
        (64, {"image_size": 32}, None, r"vit_b_16 takes pictures of 32 pixels only.*size to 32"),
    ],
)
def test_a_vision_transformer_judges_pictures_of_its_own_size_only(size, options, weights, message):
    with pytest.raises(UserError, match=message):
        complete_options("vit_b_16", size, options, weights)


def test_unknown_names_of_weights_are_answered_with_the_known():
    with pytest.raises(UserError, match=r"'IMAGENET1K_V3' for resnet50 .*has IMAGENET1K_V1, IMA"):
        named_weights("resnet50", "IMAGENET1K_V3")


# --- files


@pytest.mark.parametrize(
    ("architecture", "size", "options"),
    [
        ("resnet18", 64, {}),
        ("googlenet", 64, {"transform_input": True}),
        ("mnasnet0_5", 64, {}),
        ("vit_b_16", 64, {"image_size": 64}),
        ("densenet121", 64, {}),
    ],
)
def test_a_network_comes_back_bit_for_bit(tmp_path, images, architecture, size, options):
    saved = network(architecture, seed=5, size=size, **options)
    save_network(saved, tmp_path / "net.safetensors", "untrained, seed 5")
    loaded = load_network(tmp_path / "net.safetensors")
    assert same_state(loaded.model, saved.model)
    assert torch.equal(loaded.model(images), saved.model(images))
    assert (loaded.name, loaded.architecture) == ("net", architecture)
    assert (loaded.categories, loaded.size, loaded.options) == (CLASSES, size, options)
    assert load_network(tmp_path / "net.safetensors", name="other").name == "other"


def test_loading_leaves_the_random_generator_and_the_weights_alone(tmp_path):
    save_network(network(seed=5), tmp_path / "net.safetensors", "untrained, seed 5")
    before = torch.get_rng_state()
    model = load_network(tmp_path / "net.safetensors").model
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert not model.training


def test_the_same_network_gives_the_same_bytes_and_another_one_another_digest(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        save_network(network(seed=seed), tmp_path / f"{name}.safetensors", "untrained")
    files = [
        [(tmp_path / f"{n}{end}").read_bytes() for end in (".safetensors", ".json")] for n in "abc"
    ]
    assert files[0] == files[1]
    about = [json.loads(text) for _, text in files]
    assert about[0]["sha256"] != about[2]["sha256"]
    assert {**about[0], "sha256": ""} == {**about[2], "sha256": ""}
    assert about[0]["categories"] == list(CLASSES)
    assert about[0]["source"] == "untrained"


def test_weights_that_share_or_stride_memory_are_kept(tmp_path):
    saved = network()
    first, second = [m for m in saved.model.modules() if isinstance(m, nn.BatchNorm2d)][:2]
    first.bias = first.weight
    conv = next(m for m in saved.model.modules() if isinstance(m, nn.Conv2d))
    conv.weight.data = conv.weight.data.to(memory_format=torch.channels_last)
    second.weight.data = torch.arange(48.0)[::2][: len(second.weight)]
    save_network(saved, tmp_path / "net.safetensors", "by hand")
    assert same_state(load_network(tmp_path / "net.safetensors").model, saved.model)


def test_a_file_that_is_not_written_whole_is_not_there(tmp_path, monkeypatch):
    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(safetensors.torch, "save_file", broken)
    with pytest.raises(UserError, match="cannot be written: disk full"):
        save_network(network(), tmp_path / "net.safetensors", "untrained")
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_its_description_is_refused(tmp_path):
    safetensors.torch.save_file({"a": torch.zeros(1)}, tmp_path / "bare.safetensors")
    with pytest.raises(UserError, match=r"bare\.safetensors does not say what network it holds"):
        load_network(tmp_path / "bare.safetensors")
    with pytest.raises(UserError, match=r"there is no weights file .*none\.safetensors"):
        load_network(tmp_path / "none.safetensors")


# --- a real one


def test_the_real_squeezenet_sees_the_dalmatian(shared_data):
    file = next(shared_data.glob("squeezenet1_0-*.pth"))
    categories = named_weights("squeezenet1_0", "IMAGENET1K_V1").meta["categories"]
    model = build("squeezenet1_0", len(categories))
    load_file(model, file, file.name)
    photo = Image.open(shared_data / "dalmatian.jpg").convert("RGB").resize((227, 227))
    pixels = torch.from_numpy(np.asarray(photo, dtype=np.float32) / 255).permute(2, 0, 1)[None]
    probabilities = model(pixels).softmax(1)[0]
    assert categories[probabilities.argmax().item()] == "dalmatian"
    assert probabilities.max() > 0.8
