"""Runs that are killed at any moment, wherever, and then run again, end with the same results."""

import os
import random
import signal
import subprocess
import time

import psutil
from project import Project
from same_results import differences

from preimage.files import unfinished

KILLS = 8
RESULTS = "results/small"


def test_a_study_that_is_killed_again_and_again_ends_like_one_that_was_not(
    fresh, finished, tmp_path
):
    """Nothing is to be unlocked in between, and what killed steps were writing is gone."""
    project, chance = fresh.copy(tmp_path / "project"), random.Random(17)
    # Each file is open for so long that some kills find one that is not finished.
    project.edit(
        "src/preimage/files.py",
        "        beside.chmod",
        "        sleep(0.1)\n" + " " * 8 + "beside.chmod",
    )
    project.append("src/preimage/files.py", "\nfrom time import sleep\n")
    ways = [whole_group, one_step, snakemake_alone, while_a_file_is_open] * (KILLS // 4)
    chance.shuffle(ways)
    killed = [kill(project, way, chance) for way in ways]
    assert all(killed), killed
    project.forked = False  # as `finished` is
    project.run()
    assert project.planned() == {}
    assert [*unfinished(project.path("results"))] == []
    assert differences(project.path(RESULTS), finished.path(RESULTS)) == []


def kill(project: Project, way, chance: random.Random) -> bool:
    """Run the study, and kill it in a way at a random moment; say whether it was still at work."""
    jobs, moment = chance.randint(1, 3), chance.uniform(0, 1.5)
    command = project.command("--cores", "2")
    with subprocess.Popen(**command, start_new_session=True, stderr=subprocess.DEVNULL) as run:
        for _ in range(jobs):
            run.stdout.readline()
        time.sleep(moment)
        way(run, project)
    return run.returncode != 0


def whole_group(run: subprocess.Popen, _: Project) -> None:
    os.killpg(run.pid, signal.SIGKILL)


def snakemake_alone(run: subprocess.Popen, _: Project) -> None:
    """Its steps live on, and the next run has to wait for them."""
    run.kill()


def one_step(run: subprocess.Popen, _: Project) -> None:
    while run.poll() is None:
        steps = [p for p in psutil.Process(run.pid).children(recursive=True) if is_step(p)]
        if steps:
            steps[0].kill()
            return
        time.sleep(0.01)


def is_step(process: psutil.Process) -> bool:
    try:
        return process.cmdline()[1:3] == ["-m", "preimage"]
    except psutil.NoSuchProcess:
        return False


def while_a_file_is_open(run: subprocess.Popen, project: Project) -> None:
    while run.poll() is None and not [*unfinished(project.path(RESULTS))]:
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGKILL)
    assert [*unfinished(project.path(RESULTS))]
