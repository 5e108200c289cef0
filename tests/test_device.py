"""The device by name; and processes that share a machine of several GPUs share them fairly."""

import socket
import subprocess
import sys
import uuid
from types import SimpleNamespace

import pytest
import torch

from preimage import device
from preimage.device import choose, knows_bfloat16, room_for, warn_if_slow
from preimage.errors import UserError

# Stands for a step on a machine with the GPUs of these uuids: says which it got, then waits.
STEP = """
import sys
from types import SimpleNamespace
uuids = sys.argv[1:]
cuda = SimpleNamespace(
    is_available=lambda: True,
    device_count=lambda: len(uuids),
    get_device_properties=lambda index: SimpleNamespace(uuid=uuids[index]),
)
device = type("device", (tuple,), {"__new__": lambda kind, *words: tuple.__new__(kind, words)})
sys.modules["torch"] = SimpleNamespace(cuda=cuda, device=device)
from preimage.device import choose
print(*choose("auto"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def machine(monkeypatch):
    """Return a function that gives PyTorch so many GPUs."""

    def give(gpus):
        properties = [SimpleNamespace(uuid=uuid.uuid4()) for _ in range(gpus)]
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.cuda, "get_device_properties", properties.__getitem__)

    device._seat.cache_clear()
    yield give
    device._seat.cache_clear()


@pytest.fixture
def step():
    """Return a function that starts a step on these GPUs; it runs until the test ends."""
    started = []

    def start(*gpus):
        words = [sys.executable, "-c", STEP, *gpus]
        started.append(
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.communicate(timeout=60)


@pytest.fixture
def gpus():
    """Return the uuids of three GPUs that no other run of the tests has."""
    return [str(uuid.uuid4()) for _ in range(3)]


def chosen(process):
    """Return what a step said."""
    return process.stdout.readline().strip()


def test_without_a_gpu_auto_is_the_cpu(machine):
    machine(gpus=0)
    assert choose("auto") == choose("cpu") == torch.device("cpu")


def test_cuda_that_is_missing_is_the_users_mistake(machine):
    machine(gpus=0)
    with pytest.raises(UserError, match="PyTorch finds no CUDA device here: set device to auto"):
        choose("cuda")


@pytest.mark.parametrize("gpus", [0, 1, 2])
def test_unknown_names_are_the_users_mistake(machine, gpus):
    machine(gpus)
    with pytest.raises(UserError, match="device is 'gpu', give one of auto, cpu, cuda"):
        choose("gpu")


def test_one_gpu_is_shared_by_all(machine, monkeypatch):
    machine(gpus=1)
    monkeypatch.setattr(socket, "socket", None)
    assert choose("auto") == choose("cuda") == torch.device("cuda")
    assert choose("cpu") == torch.device("cpu")


def test_a_process_keeps_the_gpu_that_it_chose(machine):
    machine(gpus=2)
    assert choose("cpu") == torch.device("cpu")
    assert choose("auto") == choose("cuda") == torch.device("cuda", 0)


def test_processes_that_start_together_choose_different_gpus(step, gpus):
    together = [step(*gpus) for _ in gpus]
    assert sorted(map(chosen, together)) == ["cuda 0", "cuda 1", "cuda 2"]


def test_each_gpu_has_one_process_before_any_has_two(step, gpus):
    one_by_one = [chosen(step(*gpus)) for _ in range(5)]
    assert one_by_one == ["cuda 0", "cuda 1", "cuda 2", "cuda 0", "cuda 1"]


def test_a_gpu_is_known_by_its_uuid_not_by_its_number(step, gpus):
    assert chosen(step(*gpus)) == "cuda 0"
    assert chosen(step(gpus[0], gpus[2])) == "cuda 1"  # CUDA_VISIBLE_DEVICES=0,2
    assert chosen(step(gpus[2], gpus[1])) == "cuda 1"  # CUDA_VISIBLE_DEVICES=2,1


def test_a_process_that_is_killed_frees_its_gpu(step, gpus):
    first, second = step(*gpus), step(*gpus)
    freed, kept = chosen(first), chosen(second)
    first.kill()
    first.wait()
    assert chosen(step(*gpus)) == freed != kept


def test_a_batch_too_large_for_a_gpu_is_an_error():
    message = r"cuda:0 has not the memory for 64 images at once: set batch to 32, or less, or free"
    with pytest.raises(UserError, match=message), room_for(64, torch.device("cuda:0")):
        raise torch.OutOfMemoryError("CUDA out of memory")


@pytest.mark.parametrize(
    ("said", "knows"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512f\n", False),
        ("processor\t: 0\nflags\t\t: fpu avx512f avx512_bf16\n", True),
        ("flags\t\t: fpu amx_bf16 amx_tile\n", True),
        ("Features\t: fp asimd bf16\n", True),
        ("Features\t: fp asimd\n", False),
        ("cpu\t: POWER9\n", True),
        (None, True),
    ],
)
def test_whether_a_processor_knows_bfloat16_is_read_from_what_it_is(
    tmp_path, monkeypatch, caplog, said, knows
):
    file = tmp_path / "cpuinfo"
    if said:
        file.write_text(said)
    monkeypatch.setattr("preimage.device.CPU", file)
    cpu = torch.device("cpu")
    assert knows_bfloat16(cpu) == knows
    for precision in ("float32", "float64", "bfloat16"):
        warn_if_slow(precision, cpu)
    assert len(caplog.records) == (not knows)


@pytest.mark.parametrize(("capability", "knows"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_gpus_know_bfloat16_from_ampere_on(monkeypatch, capability, knows):
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda _: capability)
    assert knows_bfloat16(torch.device("cuda")) == knows
