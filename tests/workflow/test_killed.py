"""Runs that end in the middle, or whose code changes meanwhile, leave nothing that seems good."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from project import Project

DESCENT = "src/preimage/descent/descend.py"
STEP = "src/preimage/steps/generate_images.py"
IMAGES = "results/small/images/opposites/resnet18/000.999.safetensors"
BLOCK = "generate_images opposites/resnet18/000.999"
START = '    recipe = Recipe.read(plan.recipe, f"{plan.set} of {plan.network}, recipe")\n'
WAIT = '    print("waiting", flush=True), __import__("sys").stdin.read()\n'


@contextmanager
def held(project: Project) -> Iterator[subprocess.Popen]:
    """Make one block of images anew; its step waits, once it has started, for the block's end."""
    project.edit(STEP, START, WAIT + START)
    reading, writing = os.pipe()
    command = project.command(IMAGES)
    with subprocess.Popen(**command, stdin=reading, start_new_session=True) as run:
        os.close(reading)
        try:
            assert "waiting\n" in run.stdout
            yield run
        finally:
            os.close(writing)


def test_a_killed_run_leaves_nothing_that_passes_for_a_result(project):
    """Killed with half of a result in place; then the same is run again."""
    known, code = project.path(IMAGES).read_bytes(), project.path(STEP).read_text()
    with held(project) as run:
        project.path(IMAGES).write_bytes(b"half")
        os.killpg(run.pid, signal.SIGKILL)
    project.path(STEP).write_text(code)
    project.run("--unlock")
    assert project.path(IMAGES).read_bytes() == b"half"
    assert list(project.planned(IMAGES)) == [BLOCK]
    project.run(IMAGES)
    assert project.path(IMAGES).read_bytes() == known
    assert project.planned(IMAGES) == {}


def test_code_edited_while_a_job_runs_is_seen_after_it(project):
    """The job has read the old code, even if the new code's key file is there before its end."""
    with held(project) as run:
        project.append(DESCENT, "\ndescend = descend\n")
        assert BLOCK in project.planned(IMAGES)
    assert run.returncode == 0
    assert list(project.planned(IMAGES)) == [BLOCK]
