"""A checkpoint gives back what was saved, to the bit, or nothing."""

import math
import pickle

import pytest
import torch

from preimage.checkpoint import Checkpoint

CHANNELS_LAST = torch.rand(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
BATCH = torch.rand(4, 3, 2)
STATE = {
    "tensors": {
        "last": CHANNELS_LAST,
        "a part": BATCH[1],
        "another part": BATCH[2],
        "every other": BATCH[::2, 0],
        "of all": BATCH[0, :1].expand(5, 2),
        "half": torch.rand(3).bfloat16(),
        "generator": torch.Generator().manual_seed(3).get_state(),
        "numbers": torch.arange(3),
        "truths": torch.tensor([True, False]),
        "one": torch.tensor(1e300, dtype=torch.float64),
        "none": torch.empty(0, 3),
        "parameter": torch.nn.Parameter(torch.rand(2)),
        "nothing finite": torch.tensor([math.nan, math.inf, -0.0]),
    },
    "by number": {0: [torch.rand(2), None], 17: "word"},
    "numbers": [1, 0.1, 1e-300, 2**70, -math.inf, True, None],
    "empty": [{}, []],
}


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(tmp_path / "of" / "work.safetensors", "key")


def flat(value):
    """Return a value with the bytes, types, shapes and strides in place of its tensors."""
    if isinstance(value, torch.Tensor):
        raw = value.detach().contiguous().reshape(-1).view(torch.uint8).tolist()
        return raw, value.dtype, value.shape
    if isinstance(value, dict):
        return {key: flat(one) for key, one in value.items()}
    return [flat(one) for one in value] if isinstance(value, list) else value


def test_what_is_loaded_is_what_was_saved(checkpoint):
    checkpoint.save(STATE)
    found = Checkpoint(checkpoint.path, "key").load()
    assert flat(found) == flat(STATE)
    assert list(found["by number"]) == [0, 17]
    assert found["tensors"]["last"].stride() == CHANNELS_LAST.stride()


def test_there_may_be_none(checkpoint):
    assert checkpoint.load() is None
    checkpoint.save(STATE)
    checkpoint.remove()
    checkpoint.remove()
    assert checkpoint.load() is None
    assert not list(checkpoint.path.parent.iterdir())


def test_that_of_other_work_is_none(checkpoint, caplog):
    checkpoint.save(STATE)
    assert Checkpoint(checkpoint.path, "other").load() is None
    assert "work.safetensors cannot be read or is of other work: starting anew" in caplog.text


def test_a_bit_that_turned_is_seen_wherever_it_is(checkpoint):
    checkpoint.save({"tensors": [torch.rand(40)], "words": {"done": 7}})
    good = checkpoint.path.read_bytes()
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 4
        checkpoint.path.write_bytes(bad)
        assert checkpoint.load() is None, (place, bad[max(0, place - 20) : place + 20])
    checkpoint.path.write_bytes(good)
    assert checkpoint.load() is not None


class Bad:
    def __reduce__(self):
        return pytest.fail, ("unpickled",)


@pytest.mark.parametrize("content", [b"", b"half", pickle.dumps(Bad())])
def test_what_is_no_checkpoint_is_none(checkpoint, content):
    checkpoint.path.parent.mkdir()
    checkpoint.path.write_bytes(content)
    assert checkpoint.load() is None


def test_one_of_pytorchs_own_format_is_not_unpickled(checkpoint):
    checkpoint.path.parent.mkdir()
    torch.save({"key": "key", "state": Bad()}, checkpoint.path)
    assert checkpoint.load() is None


def test_the_last_one_stays_where_a_state_cannot_be_saved(checkpoint):
    checkpoint.save({"done": 1})
    with pytest.raises(TypeError):
        checkpoint.save({"done": object()})
    assert checkpoint.load() == {"done": 1}


def test_it_is_due_by_the_clock(tmp_path):
    assert not Checkpoint(tmp_path / "a.safetensors", "key", seconds=60).is_due()
    often = Checkpoint(tmp_path / "a.safetensors", "key", seconds=0)
    assert often.is_due()
