"""Networks that descents are tried on."""

import pytest
import torch
import torchvision
from descents import Toy
from zoo import zoo


@pytest.fixture(scope="module")
def networks():
    torch.manual_seed(0)
    resnet = torchvision.models.resnet18(num_classes=6)
    return {"toy": Toy(1), "other": Toy(2), "resnet": resnet}


@pytest.fixture(scope="module")
def resnet():
    return zoo("resnet18")
