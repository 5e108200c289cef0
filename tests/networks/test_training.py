"""The loop that every training shares: any optimiser, any pictures, a look between two steps."""

import pytest
import torch
from torch import nn

from preimage.networks.training import accuracy, fit, learning


@pytest.fixture
def pictures():
    return 0.5 + torch.randn(12, 3, 16, 16, generator=torch.Generator().manual_seed(0)) / 4


@pytest.fixture
def model():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Flatten(), nn.Linear(3 * 16 * 16, 6))


LABELS = torch.arange(12) % 6


def test_any_optimiser_and_pictures_will_do(model, pictures):
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    rows = list(fit(model, [(pictures, LABELS)] * 30, optimiser))
    assert {row["learning_rate"] for row in rows} == {1e-2}
    assert rows[-1]["loss"] < 0.1 < rows[0]["loss"]
    assert accuracy(model, [(pictures, LABELS)]) == 1


def test_the_caller_may_look_between_two_steps(model, pictures):
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    seen = []
    for row in fit(model, [(pictures, LABELS)] * 3, optimiser, done=4):
        assert model.training
        accuracy(model, [(pictures, LABELS)])
        assert not model.training
        seen.append(row["step"])
    assert seen == [5, 6, 7]


def test_float32_is_not_tensorfloat32_while_learning(model):
    before = torch.backends.cudnn.conv.fp32_precision
    with learning(model, "cpu"):
        assert torch.backends.cudnn.conv.fp32_precision == "ieee"
        assert torch.backends.cuda.matmul.fp32_precision == "ieee"
    assert torch.backends.cudnn.conv.fp32_precision == before
