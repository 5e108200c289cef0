"""Keys move with what they say; digests of files with what the files hold."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from preimage.errors import UserError
from preimage.study.keys import content_digest, digest, write_key

LONG_AGO = 10**18  # nanoseconds of 2001: older than any clock's tick


def put(path: Path, content: bytes, time_ns: int = LONG_AGO) -> Path:
    path.write_bytes(content)
    os.utime(path, ns=(time_ns, time_ns))
    return path


def test_a_digest_is_a_short_word_that_stays_the_same():
    assert digest({"lr": 0.5, "octaves": [1, None]}) == digest({"octaves": [1, None], "lr": 0.5})
    assert len(digest({})) == 16
    # The SHA-256 of these bytes as any other program finds it.
    assert digest({"b": 1, "a": "é"}) == hashlib.sha256(b'{"a":"\\u00e9","b":1}').hexdigest()[:16]


@pytest.mark.parametrize("other", [{"a": 2}, {"b": 1}, {"a": "1"}, {"a": True}, {}, [["a", 1]]])
def test_different_values_have_different_digests(other):
    assert digest(other) != digest({"a": 1})


@pytest.mark.parametrize("value", [{1, 2}, Path("a"), float("nan")])
def test_what_is_not_json_has_no_digest(value):
    with pytest.raises((TypeError, ValueError)):
        digest(value)


def test_a_key_file_is_readable_and_says_its_value(tmp_path):
    path = write_key(tmp_path / "plan" / "block.json", {"items": [7, 8], "code": "I1"})
    assert path == str(tmp_path / "plan" / "block.json")
    assert json.loads(Path(path).read_text()) == {"items": [7, 8], "code": "I1"}
    assert '\n  "code": "I1",\n' in Path(path).read_text()


def test_a_key_file_moves_only_with_its_value(tmp_path):
    path = tmp_path / "key.json"
    write_key(path, {"a": 1, "b": 2})
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    write_key(path, {"b": 2, "a": 1})
    assert path.stat().st_mtime_ns == LONG_AGO
    write_key(path, {"b": 2, "a": 3})
    assert path.stat().st_mtime_ns > LONG_AGO
    assert json.loads(path.read_text()) == {"a": 3, "b": 2}


def test_a_value_that_cannot_be_written_leaves_the_old_key(tmp_path):
    path = tmp_path / "key.json"
    write_key(path, 1)
    with pytest.raises(TypeError):
        write_key(path, {"recipe": object()})
    assert [p.name for p in tmp_path.iterdir()] == ["key.json"]
    assert path.read_text() == "1\n"


def test_a_content_digest_is_the_sha256_of_the_bytes(tmp_path):
    photo = put(tmp_path / "photo.png", b"pixels")
    known = hashlib.sha256(b"pixels").hexdigest()
    assert content_digest(photo, tmp_path / "cache.json") == known
    assert content_digest(photo, tmp_path / "cache.json") == known


def test_an_unchanged_file_is_not_read_again(tmp_path):
    weights, cache = put(tmp_path / "w.pth", b"weights"), tmp_path / "cache.json"
    found = content_digest(weights, cache)
    cache.write_text(cache.read_text().replace(found, "f" * 64))
    assert content_digest(weights, cache) == "f" * 64


@pytest.mark.parametrize("time_ns", [LONG_AGO, LONG_AGO + 10**9])
def test_new_content_is_seen_even_with_the_old_size_and_time(tmp_path, time_ns):
    weights, cache = put(tmp_path / "w.pth", b"weights"), tmp_path / "cache.json"
    content_digest(weights, cache)
    put(weights, b"WEIGHTS", time_ns)
    assert content_digest(weights, cache) == hashlib.sha256(b"WEIGHTS").hexdigest()


def test_a_touched_file_keeps_its_digest(tmp_path):
    weights, cache = put(tmp_path / "w.pth", b"weights"), tmp_path / "cache.json"
    found = content_digest(weights, cache)
    os.utime(weights, ns=(LONG_AGO + 1, LONG_AGO + 1))
    assert content_digest(weights, cache) == found


def test_a_file_just_written_is_read_again_next_time(tmp_path):
    """It may change once more before the clock of its file system ticks."""
    young, cache = tmp_path / "w.pth", tmp_path / "cache.json"
    young.write_bytes(b"weights")
    content_digest(young, cache)
    assert not cache.exists()


@pytest.mark.parametrize("nonsense", ["", "{", "[1, 2]", "null", '{"FILE": 3}', '{"FILE": []}'])
def test_a_broken_cache_costs_a_hash_and_nothing_else(tmp_path, nonsense):
    weights, cache = put(tmp_path / "w.pth", b"weights"), tmp_path / "cache.json"
    cache.write_text(nonsense.replace("FILE", str(weights.absolute())))
    assert content_digest(weights, cache) == hashlib.sha256(b"weights").hexdigest()


def test_the_cache_keeps_the_digests_of_other_files(tmp_path):
    cache = tmp_path / "cache.json"
    for name in ("a", "b"):
        content_digest(put(tmp_path / name, name.encode()), cache)
    assert set(json.loads(cache.read_text())) == {str(tmp_path / "a"), str(tmp_path / "b")}


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UserError, match=r"missing\.pth cannot be read: No such file"):
        content_digest(tmp_path / "missing.pth", tmp_path / "cache.json")
    with pytest.raises(UserError, match="Is a directory"):
        content_digest(tmp_path, tmp_path / "cache.json")
