"""Networks are built, given weights, kept as files, and come back as they were."""

import json
import pickle

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
    load_state,
    named_weights,
    read_state,
    save_network,
)

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
    with pytest.raises(OSError, match="disk full"):
        save_network(network(), tmp_path / "net.safetensors", "untrained")
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_its_description_is_refused(tmp_path):
    safetensors.torch.save_file({"a": torch.zeros(1)}, tmp_path / "bare.safetensors")
    with pytest.raises(UserError, match=r"bare\.safetensors does not say what network it holds"):
        load_network(tmp_path / "bare.safetensors")
    with pytest.raises(UserError, match=r"there is no weights file .*none\.safetensors"):
        load_network(tmp_path / "none.safetensors")


# --- state dicts of others


@pytest.fixture(scope="module")
def state():
    return dict(build(SMALL, 5, seed=1).state_dict())


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model": state, "optimizer": {"lr": 0.1}},
        lambda state: {"model_state_dict": {f"module.{k}": v for k, v in state.items()}},
    ],
    ids=["plain", "checkpoint", "reference", "parallel"],
)
def test_state_dicts_are_taken_as_people_save_them(tmp_path, state, wrap):
    torch.save(wrap(state), tmp_path / "weights.pth")
    found = read_state(tmp_path / "weights.pth")
    assert found.keys() == state.keys()
    assert all(torch.equal(found[key], state[key]) for key in state)


def test_the_format_of_old_versions_and_safetensors_are_read(tmp_path, state):
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(state, tmp_path / "new.safetensors")
    assert read_state(tmp_path / "old.pth").keys() == state.keys()
    assert read_state(tmp_path / "new.safetensors").keys() == state.keys()


class Trap:
    """Unpickling this ends in a file that should not be there."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize(
    "save", [torch.save, lambda data, path: path.write_bytes(pickle.dumps(data))]
)
def test_a_pickle_of_other_things_is_refused_and_never_run(tmp_path, state, save):
    save({**state, "trap": Trap(tmp_path / "ran")}, tmp_path / "weights.pth")
    with pytest.raises(UserError, match=r"weights\.pth is refused: .*never loaded"):
        read_state(tmp_path / "weights.pth")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("part", [0, 0.4, 0.99])
def test_a_truncated_file_is_an_error(tmp_path, state, suffix, part):
    whole, cut = tmp_path / f"whole{suffix}", tmp_path / f"cut{suffix}"
    (torch.save if suffix == ".pth" else safetensors.torch.save_file)(state, whole)
    content = whole.read_bytes()
    cut.write_bytes(content[: int(part * len(content))])
    with pytest.raises(UserError, match=rf"cut{suffix} cannot be read, it may be cut short"):
        read_state(cut)


def test_what_is_no_state_dict_is_an_error(tmp_path, state):
    path = tmp_path / "weights.pth"
    for data, message in (
        ([1, 2], "holds no state dict but of type list"),
        ({}, "holds no state dict but an empty dict"),
        ({**state, "epoch": 3}, "its 'epoch' is of type int: write it with torch.save"),
    ):
        torch.save(data, path)
        with pytest.raises(UserError, match=message):
            read_state(path)
    path.write_text("<html>404</html>")
    with pytest.raises(UserError, match=r"weights\.pth (is refused|cannot be read)"):
        read_state(path)
    with pytest.raises(UserError, match="there is no weights file"):
        read_state(tmp_path)


def test_auxiliary_heads_in_a_state_dict_are_dropped():
    for architecture in ("googlenet", "inception_v3"):
        whole = torchvision.models.get_model(
            architecture, num_classes=5, aux_logits=True, init_weights=False
        )
        model = build(architecture, 5)
        load_state(model, whole.state_dict(), "whole")
        assert torch.equal(model.fc.weight, whole.fc.weight)


def test_names_of_old_versions_are_taken():
    dense, vit = (
        build("densenet121", 5, seed=1),
        build("vit_b_16", 5, seed=1, options={"image_size": 32}),
    )
    old_dense = {
        key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2.")
        if "denselayer" in key
        else key: value
        for key, value in dense.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    old_vit = {
        key.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."): value
        for key, value in vit.state_dict().items()
    }
    for model, old, options in ((dense, old_dense, {}), (vit, old_vit, {"image_size": 32})):
        assert not model.state_dict().keys() >= old.keys()
        fresh = build(("vit_b_16" if options else "densenet121"), 5, options=options)
        load_state(fresh, old, "old")
        assert same_state(fresh, model)


@pytest.mark.parametrize("version", [None, 1])
def test_mnasnet_keeps_todays_layout_whatever_the_file_says(version):
    given = build("mnasnet0_5", 5, seed=1)
    state = given.state_dict()
    state._metadata = {} if version is None else {"": {"version": version}}
    fresh = build("mnasnet0_5", 5)
    load_state(fresh, state, "file")
    assert same_state(fresh, given)


def test_half_precision_weights_are_computed_with_in_full(state):
    model = build(SMALL, 5)
    load_state(
        model, {k: v.half() if v.is_floating_point() else v for k, v in state.items()}, "file"
    )
    assert model.fc.weight.dtype == torch.float32


def test_another_number_of_classes_is_named(state):
    with pytest.raises(
        UserError,
        match=r"^mine: w\.pth does not fit: fc\.weight is 5 x 1024, not 36 x 1024; .*"
        r"so fc has 5 outputs there, and 36 are wanted: name as many categories",
    ):
        load_state(build(SMALL, 36), state, "mine: w.pth")


def test_missing_and_unknown_weights_are_named(state):
    other = {**state, "extra": torch.zeros(1)}
    del other["fc.bias"]
    with pytest.raises(UserError, match=r"it lacks fc\.bias; it has the unknown extra; is it ano"):
        load_state(build(SMALL, 5), other, "file")
    with pytest.raises(UserError, match=r"it lacks .*, and \d+ more; it has the unknown .* more;"):
        load_state(build("squeezenet1_1", 5), state, "file")


# --- a real one


def test_the_real_squeezenet_sees_the_dalmatian(shared_data):
    file = next(shared_data.glob("squeezenet1_0-*.pth"))
    categories = named_weights("squeezenet1_0", "IMAGENET1K_V1").meta["categories"]
    model = build("squeezenet1_0", len(categories))
    load_state(model, read_state(file), file.name)
    photo = Image.open(shared_data / "dalmatian.jpg").convert("RGB").resize((227, 227))
    pixels = torch.from_numpy(np.asarray(photo, dtype=np.float32) / 255).permute(2, 0, 1)[None]
    probabilities = model(pixels).softmax(1)[0]
    assert categories[probabilities.argmax().item()] == "dalmatian"
    assert probabilities.max() > 0.8
