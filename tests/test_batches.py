"""How many images there are at once where the batch is `auto`, from what one takes."""

from types import SimpleNamespace

import pytest
import torch

from preimage import batches
from preimage.batches import evenly
from preimage.device import room_of

GIB, GFLOP, MB = 2**30, 1e9, 1e6
RESNET = (16.4 * GFLOP, 90 * MB)  # about what a step of ResNet-50 takes at 224 px
LITE = (1.6 * GFLOP, 60 * MB)
TINY = (1e6, 1e4)


@pytest.fixture
def gpu_of(monkeypatch):
    """Return a function that says which memory a GPU is made with."""

    def give(memory):
        about = SimpleNamespace(total_memory=memory)
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: about)
        return torch.device("cuda")

    return give


@pytest.mark.parametrize(
    ("memory", "precision", "image", "found"),
    [
        (None, "float32", RESNET, 1),  # a CPU
        (None, "float32", LITE, 4),
        (None, "bfloat16", LITE, 4),
        (None, "float32", TINY, 4096),
        (None, "float32", (1e6, 900 * MB), 2),
        (None, "float32", (1e6, 1e12), 1),
        (140 * GIB, "float32", RESNET, 8),
        (140 * GIB, "float32", LITE, 64),
        (140 * GIB, "bfloat16", RESNET, 32),
        (140 * GIB, "tf32", RESNET, 32),
        (140 * GIB, "float32", TINY, 4096),
        (140 * GIB, "float32", (1000 * GFLOP, 1e9), 1),
        (7.6 * GIB, "float32", LITE, 16),  # that memory holds
        (5.9 * GIB, "float32", LITE, 16),
        (3.9 * GIB, "float32", LITE, 8),
    ],
)
def test_as_many_as_pay_and_fit(gpu_of, memory, precision, image, found):
    device = gpu_of(int(memory)) if memory else "cpu"
    assert room_of(device, precision).images(*image) == found


def test_gpus_of_a_class_have_the_same_room(gpu_of):
    """What is sold as 80 GB is a little more, or less, from maker to maker."""
    rooms = {room_of(gpu_of(memory)) for memory in (79.1 * GIB, 79.3 * GIB, 80 * GIB, 64 * GIB)}
    assert len(rooms) == 1
    assert rooms != {room_of(gpu_of(63 * GIB))}


def test_what_nothing_is_counted_of_fills_no_memory():
    assert batches.CPU.images(0, 0) == batches.MOST


@pytest.mark.parametrize(
    ("count", "most", "found"),
    [(1, 64, 1), (36, 64, 36), (36, 32, 18), (33, 32, 17), (64, 32, 32), (7, 1, 1), (100, 32, 25)],
)
def test_no_more_than_there_are_and_hardly_a_copy(count, most, found):
    assert evenly(count, most) == found
    rounds = -(-count // found)
    assert rounds == -(-count // most), "no more steps than with the most"
    assert found * rounds - count < rounds
