"""Pieces of work that are kept: once done, never twice, unless something else decides them."""

import pytest
import torch

from preimage.kept import Kept


def piece(folder, decided_by=1, name="a"):
    """Return a piece, what it was made from, and whether it was made now."""
    made = []

    def work(_):
        made.append(name)
        return {"numbers": torch.arange(3.0) / 7, "words": [name, None]}

    found = Kept(folder).piece(name, decided_by, work)
    return found["numbers"].tolist(), found["words"], bool(made)


def test_a_piece_is_made_once_and_then_the_same(tmp_path):
    first, second = piece(tmp_path / "of" / "it"), piece(tmp_path / "of" / "it")
    assert first == (*second[:2], True)
    assert not second[2]


@pytest.mark.parametrize("other", [2, {"a": 1}])
def test_a_piece_that_something_else_decides_is_made_anew(tmp_path, other):
    piece(tmp_path)
    assert piece(tmp_path, other)[2]
    assert not piece(tmp_path, other)[2]


def test_a_damaged_file_is_made_anew(tmp_path):
    piece(tmp_path)
    (tmp_path / "a.safetensors").write_bytes(b"half")
    assert piece(tmp_path)[2]


def test_what_was_not_asked_for_goes(tmp_path):
    piece(tmp_path, name="a")
    piece(tmp_path, name="b.1")
    kept = Kept(tmp_path)
    kept.piece("a", 1, dict)
    kept.forget_others()
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]
