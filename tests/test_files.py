"""Files appear whole or not at all."""

import os

import pytest
import torch
from safetensors.torch import save_file

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
