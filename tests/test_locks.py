"""Locks that end with the processes that hold them."""

import subprocess
import sys

from preimage.locks import alone, lock

WORK = """
import sys, time
from pathlib import Path
from preimage.locks import alone
for _ in range(20):
    with alone(sys.argv[1] + ".lock"):
        count = int(Path(sys.argv[1]).read_text())
        time.sleep(0.001)
        Path(sys.argv[1]).write_text(str(count + 1))
"""


def test_some_share_a_lock_and_one_has_it_alone(tmp_path):
    path = tmp_path / "of" / "lock"
    with lock(path, shared=True), lock(path, shared=True):
        assert lock(path) is None
    with lock(path):
        assert lock(path, shared=True) is None
    lock(path).close()


def test_several_processes_are_never_at_work_at_once(tmp_path):
    """Though each deletes the file that the others wait for."""
    count = tmp_path / "count"
    count.write_text("0")
    command = [sys.executable, "-c", WORK, str(count)]
    workers = [subprocess.Popen(command) for _ in range(4)]
    assert [worker.wait(100) for worker in workers] == [0] * 4
    assert count.read_text() == "80"
    assert [*tmp_path.iterdir()] == [count]


def test_whoever_comes_after_a_kill_finds_no_lock(tmp_path):
    (tmp_path / "lock").touch()
    with alone(tmp_path / "lock"):
        assert (tmp_path / "lock").exists()
    assert not (tmp_path / "lock").exists()
