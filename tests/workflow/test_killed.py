"""Runs that end in the middle, or whose code changes meanwhile, leave nothing that seems good."""

import os
import signal

from held import STEP, held

DESCENT = "src/preimage/descent/descend.py"
IMAGES = "results/small/images/opposites/resnet18/000.999.safetensors"
BLOCK = "generate_images opposites/resnet18/000.999"


def test_a_killed_run_leaves_nothing_that_passes_for_a_result(project):
    """Killed with half of a result in place; then the same is run again."""
    known, code = project.path(IMAGES).read_bytes(), project.path(STEP).read_text()
    with held(project, IMAGES) as one:
        project.path(IMAGES).write_bytes(b"half")
        os.killpg(one.run.pid, signal.SIGKILL)
    project.path(STEP).write_text(code)
    assert project.path(IMAGES).read_bytes() == b"half"
    assert list(project.planned(IMAGES)) == [BLOCK]
    project.run(IMAGES)
    assert project.path(IMAGES).read_bytes() == known
    assert project.planned(IMAGES) == {}


def test_code_edited_while_a_job_runs_is_seen_after_it(project):
    """The job has read the old code, even if the new code's key file is there before its end."""
    with held(project, IMAGES) as one:
        project.append(DESCENT, "\ndescend = descend\n")
        assert BLOCK in project.planned(IMAGES)
    assert one.run.returncode == 0
    assert list(project.planned(IMAGES)) == [BLOCK]
