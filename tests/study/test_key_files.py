"""Key files are named by their content; a submitted job knows which it was planned with."""

import json
from pathlib import Path

import pytest

from preimage.errors import UserError
from preimage.study.key_files import KeyFiles


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("PREIMAGE_SUBMITTED", "")  # so that it is forgotten


def written(folder, **values):
    keys = KeyFiles(folder)
    for name, value in values.items():
        keys.write(name, value)
    return keys


def test_another_value_of_a_name_leaves_the_file_of_the_first(tmp_path):
    one, two = written(tmp_path, a={"lr": 0.1}), written(tmp_path, a={"lr": 0.5})
    assert one.file("a") == f"{tmp_path}/a.{one.digests['a']}.json" != two.file("a")
    assert json.loads(Path(one.file("a")).read_text()) == {"lr": 0.1}
    assert json.loads(Path(two.file("a")).read_text()) == {"lr": 0.5}


def test_a_run_tidies_up_what_others_wrote_and_took_away(tmp_path):
    one = written(tmp_path, **{"a": 1, "of/b": 2})
    two = written(tmp_path, **{"a": 1, "of/b": 3})
    two.tidy()
    assert {*map(str, tmp_path.rglob("*.json"))} == {two.file("a"), two.file("of/b")}
    one.tidy()
    assert {*map(str, tmp_path.rglob("*.json"))} == {one.file("a"), one.file("of/b")}
    assert Path(one.file("of/b")).read_text() == "2\n"


def test_a_submitted_job_is_refused_for_what_has_changed_and_for_nothing_else(tmp_path):
    written(tmp_path, a=1, b=2).let_jobs_know()
    job = written(tmp_path, a=1, b=3)
    job.remember()
    assert job.digest("a") == job.digests["a"]
    with pytest.raises(UserError, match=r"^b: .* another one than when this job was submitted"):
        job.digest("b")


def test_a_job_of_a_run_that_another_has_followed_is_refused(tmp_path):
    written(tmp_path, a=1).let_jobs_know()
    later = written(tmp_path, a=2)
    later.tidy()
    with pytest.raises(UserError, match="another run was begun since this job was submitted"):
        written(tmp_path, a=1).remember()
