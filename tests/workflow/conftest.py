"""One finished run of the small study, for all tests of the workflow."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from filelock import FileLock
from own_files import write_photo, write_weights
from project import Project


@pytest.fixture(scope="session")
def fresh(tmp_path_factory, testrun_uid) -> Project:
    """The small study, planned: one network and one photo of it are the user's."""
    return _once("fresh", tmp_path_factory, testrun_uid, _create)


@pytest.fixture(scope="session")
def finished(fresh, tmp_path_factory, testrun_uid) -> Project:
    """The same after one run. Not to be changed: `project` is a copy."""
    return _once("finished", tmp_path_factory, testrun_uid, partial(_run, fresh))


def _once(
    name: str,
    folders: pytest.TempPathFactory,
    testrun_uid: str,
    make: Callable[[Path], Project],
) -> Project:
    """Let one of the processes that share the tests make a project, and the others wait for it."""
    folder = folders.getbasetemp().parent / f"workflow-{testrun_uid}" / name
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        jobs = folder.with_suffix(".json")
        if not jobs.exists():
            jobs.write_text(json.dumps(sorted(make(folder).jobs)))
        return Project(folder, set(json.loads(jobs.read_text())))


def _create(folder: Path) -> Project:
    project = Project.create(folder)
    write_weights(project, seed=1)
    write_photo(project, seed=1)

    def use_both(config):
        config["networks"][1]["weights"] = {"file": "weights.safetensors"}
        config["photos"] = [{"name": "noise", "file": "photo.png"}]
        config["recipes"][1]["start"] = {"picture": "noise"}
        matched = next(s for s in config["image_sets"] if s["name"] == "reconstructions")
        matched["photos"].append("noise")

    project.configure(use_both)
    project.jobs = set(project.planned())  # which leaves what copies need not find out again
    return project


def _run(fresh: Project, folder: Path) -> Project:
    project = fresh.copy(folder)
    project.jobs = fresh.jobs
    project.run()
    return project


@pytest.fixture
def project(finished, tmp_path) -> Project:
    """A copy of the finished run, to be changed."""
    return finished.copy(tmp_path / "project")
