"""Files appear whole or not at all."""

import os
import resource

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from preimage.errors import UserError
from preimage.files import write_atomically


def test_a_file_that_could_not_be_written_leaves_the_older_one(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), write_atomically(path) as beside:
        beside.write_text("half") / 0
    assert [path] == [*tmp_path.iterdir()]
    assert path.read_text() == "old"


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_colleagues_may_read_what_the_process_lets_them(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        with write_atomically(tmp_path / "images.safetensors") as beside:
            save_file({"images": torch.zeros(2)}, beside)  # on its own, for its owner alone
    finally:
        os.umask(before)
    assert (tmp_path / "images.safetensors").stat().st_mode & 0o777 == mode


@pytest.fixture
def little_room():
    """Let no file of this process be of more than 64 kB, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def write_tensors(path):
    save_file({"a": torch.zeros(2**16)}, path)


def write_state(path):
    torch.save({"a": torch.zeros(2**16)}, path)


def write_picture(path):
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)


def write_rows(path):
    pq.write_table(pa.table({"a": np.random.default_rng(0).random(2**16)}), path)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("images.safetensors", write_tensors),
        ("state.pt", write_state),
        ("sheet.png", write_picture),
        ("table.parquet", write_rows),
    ],
)
def test_a_file_that_the_disk_has_no_room_for_is_named(tmp_path, little_room, name, write):
    """Whatever kind of error its writer makes of that."""
    (tmp_path / name).write_text("old")
    error = pytest.raises(UserError, match=f"{name} cannot be written: .*File too large")
    with error, write_atomically(tmp_path / name) as beside:
        write(beside)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_an_error_that_is_not_the_disks_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError), write_atomically(tmp_path / "a") as beside:
        beside.write_bytes((tmp_path / "missing").read_bytes())
    assert [*tmp_path.iterdir()] == []
