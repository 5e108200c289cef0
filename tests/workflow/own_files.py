"""Files of the user's that a study names, and a study that does little with them."""

from typing import Any

import numpy as np
import torch
from PIL import Image
from project import Project
from safetensors.torch import save_file
from torchvision.models import squeezenet1_1

CLASSES_OF_DEMO = 36


def write_weights(project: Project, seed: int) -> None:
    torch.manual_seed(seed)
    state = squeezenet1_1(num_classes=CLASSES_OF_DEMO).state_dict()
    state["classifier.1.bias"].fill_(1.0)  # else its ReLU may let nothing through
    save_file(state, project.path("weights.safetensors"))


def write_photo(project: Project, seed: int, name: str = "photo.png") -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(project.path(name))


def only_class_images(config: dict[str, Any], **network: object) -> None:
    """Leave the class images of one network in a study, and nothing else."""
    for key in ("comparisons", "spaces", "inversions", "mlps", "photos"):
        config.pop(key, None)
    config["networks"] = [config["networks"][1] | network]
    config["image_sets"] = [config["image_sets"][0]]
    config["image_sets"][0]["runs"] = [{"network": "squeezenet", "recipe": "quick"}]
    config["recipes"] = [config["recipes"][0]]
