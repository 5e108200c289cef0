"""What a job executes is in the digest of its step: nothing that decides a result is missed."""

import importlib
import shlex
import subprocess
from collections.abc import Iterator

import pytest
from executed import executed
from project import Project

from preimage.steps.cli import run
from preimage.study.code import CARRIERS, code_digests

SHELL = "Shell command: python -m "


def commands(project: Project) -> Iterator[list[str]]:
    """Yield the command line of every job of the study, from the name of its step on."""
    command = project.command("-n", "-p", "--forceall")
    command["args"] = [word for word in command["args"] if word not in ("--logger", "jobs")]
    done = subprocess.run(**command, stderr=subprocess.STDOUT, check=True, timeout=600)
    for line in done.stdout.splitlines():
        if line.strip().startswith(SHELL):
            yield shlex.split(line.strip().removeprefix(SHELL))


def work(step: str, *words: str) -> None:
    """Do in this process what a command line does."""
    module = importlib.import_module(step)
    assert run(module.main, module.parser(), words) == 0, words


@pytest.mark.filterwarnings("default")
def test_every_definition_that_a_job_executes_counts_for_it(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    missed, steps = {}, set()
    for step, *words in commands(project):
        ran = {d for d in executed(lambda: work(step, *words)) if d.split(":")[0] not in CARRIERS}  # noqa: B023
        steps.add(step)
        if new := ran - code_digests(step).keys():
            missed[step] = missed.get(step, set()) | new
    assert len(steps) > 40
    assert missed == {}
