"""One run of a study at a time; what it finds of others; where it may write."""

import os
import subprocess
import sys

import pytest

from preimage.errors import UserError
from preimage.study.runs import begin, check_writable

HOLD = "import sys; from preimage.study.runs import begin, step_lock; {}; print(); sys.stdin.read()"


def holding(what, **environment):
    """Return a process that holds a lock until its input ends."""
    run = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(what)],
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    run.stdout.readline()
    return run


def test_a_study_has_one_run_until_that_is_killed(tmp_path):
    with holding(f"held = begin({str(tmp_path)!r})") as other:
        with pytest.raises(UserError, match=f"another run works on .*, process {other.pid} on"):
            begin(tmp_path)
        other.kill()
    begin(tmp_path).close()


def test_a_run_waits_for_steps_that_a_killed_one_left(tmp_path, capsys):
    with holding("held = step_lock()", PREIMAGE_STEPS=str(tmp_path / ".steps.lock")) as step:
        later = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(1)"], stdout=step.stdin
        )
        step.stdin.close()  # the step ends with the second process that holds its pipe
        begin(tmp_path).close()
        later.wait()
    assert "waiting for steps of a run that was killed" in capsys.readouterr().err


def test_a_run_clears_what_killed_ones_had_not_finished_and_nothing_else(tmp_path):
    left = [".a.layer3.123.png", ".000.999.4567.safetensors", ".tmpAb3dE9", "of/.b.1.parquet"]
    kept = ["a.png", ".hidden", ".run.lock", "b.1.json", ".records/x.12"]
    for name in [*left, *kept]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    begin(tmp_path).close()
    there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert there - {".steps.lock"} == {*kept}


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    check_writable([tmp_path / "a" / "b.png", tmp_path / "c.png"])
    (tmp_path / "a").touch()
    with pytest.raises(UserError, match="a is a file, where a folder is needed"):
        check_writable([tmp_path / "a" / "deep" / "b.png"])
