"""A rule tells its step each of its files by the name that the step knows, word by word."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from project import ROOT, STUDY, Project

from preimage.steps.index import modules
from preimage.steps.reading import NewFile

PROGRAM = ["python", "-m", "preimage"]


@dataclass(frozen=True)
class Job:
    """A job of a rule, with its files by their names in the rule, and all of them."""

    rule: str
    command: str
    input: dict[str, list[str]]
    output: dict[str, list[str]]
    inputs: list[str]
    outputs: list[str]
    ancient: list[str]
    digest: str | None
    untold: list[str]

    @property
    def step(self):
        return getattr(import_module(modules()[self.rule]), self.rule)

    @property
    def given(self):
        """What the command line gives, by name, as the step's own parser reads it."""
        given = vars(self.step.parser().parse_args(shlex.split(self.command)[len(PROGRAM) + 1 :]))
        return {name: _files(value) for name, value in given.items()}

    @property
    def large(self):
        """Its outputs that nobody should hash to see them changed."""
        names = [n for n, output in self.step.outputs.items() if output.large]
        own = [n for n, (kind, _) in self.step.inputs.items() if isinstance(kind, NewFile)]
        tensors = [f for n in own for f in self.output[n] if f.endswith((".safetensors", ".pth"))]
        return {*tensors, *(file for name in names for file in self.output[name])}


def _files(value):
    return [str(one) for one in (value if isinstance(value, list) else [value])]


@pytest.fixture(scope="module", params=["small", "world"])
def jobs(request, tmp_path_factory):
    """All jobs of a study whose rule runs a step."""
    project = Project.create(tmp_path_factory.mktemp(request.param) / "project")
    shutil.copy2(ROOT / "workflow" / f"{request.param}.yaml", project.path(STUDY))
    surroundings = project.command() | {"args": [sys.executable, _script("planned_jobs.py")]}
    done = subprocess.run(**surroundings, stderr=subprocess.PIPE, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    planned = [Job(**json.loads(line)) for line in done.stdout.splitlines() if line[:1] == "{"]
    found = [job for job in planned if shlex.split(job.command)[: len(PROGRAM)] == PROGRAM]
    assert {"compare_images", "tabulate_opposites"} <= {job.rule for job in found}
    return found


def _script(name):
    return str(Path(__file__).with_name(name))


def test_a_rule_runs_the_step_of_its_name(jobs):
    assert [shlex.split(job.command)[len(PROGRAM)] for job in jobs] == [job.rule for job in jobs]


def test_a_step_is_told_every_file_by_its_name(jobs):
    for job in jobs:
        given = job.given
        for name, files in (job.input | job.output).items():
            assert name in job.untold or given[name] == files, (job.rule, name)
        for whole, parts in ((job.inputs, job.input), (job.outputs, job.output)):
            assert sorted(whole) == sorted(f for files in parts.values() for f in files), job.rule


def test_a_rule_promises_what_its_step_writes(jobs):
    for job in jobs:
        assert {*job.output} - {*job.untold} == {*job.step.written}, job.rule
        told = [file for name in job.step.written for file in job.output[name]]
        beside = {Path(file).with_suffix("") for file in told}
        for file in {*job.outputs} - {*told}:  # a PDF, or what describes a network
            assert Path(file).with_suffix("") in beside or file.removesuffix(".sha256") in told


def test_a_job_is_decided_by_its_plan_and_its_code(jobs):
    for job in jobs:
        assert job.digest, job.rule
        (sources,) = job.input["sources"]
        assert re.search(rf"/plan/code/{job.rule}\.[0-9a-f]{{16}}\.json$", sources)


def test_of_a_large_file_the_small_one_beside_it_decides(jobs):
    """A consumer has both, the large one ancient."""
    makers = {file: job for job in jobs for file in job.large}
    for job in jobs:
        for file in {*job.inputs} & {*makers}:
            small = {*makers[file].outputs} - makers[file].large
            assert file in job.ancient, (job.rule, file)
            assert small & {*job.inputs} - {*job.ancient}, (job.rule, file)


ODD = ["a b$(touch pwned).png", "it's; touch pwned & `touch pwned`.png", '"*".png', "$HOME.png"]
STEP = '''
from pathlib import Path

from preimage.steps.engine import step
from preimage.steps.reading import NewFile


@step()
def list_files(photo_files: list[Path], listed: NewFile) -> None:
    """Write down how files are called."""
    listed.write_text("\\n".join(str(file) for file in photo_files))
'''
RULE = f"""

use rule step as list_files with:
    input:
        **decided("list_files"),
        photo_files={ODD},
    output:
        listed="a folder/of $(touch pwned).txt",
    log:
        "a log; touch pwned",
    params:
        digest=decided_by("list_files"),
"""


def test_every_word_of_a_command_is_quoted(tmp_path):
    project = Project.create(tmp_path / "project")
    project.path("src/preimage/steps/odd.py").write_text(STEP)
    with project.path("Snakefile").open("a") as file:
        file.write(RULE)
    for name in ODD:
        project.path(name).write_text("")
    assert [job["rule"] for job in project.run("list_files", "--cores", "1")] == ["list_files"]
    listed = project.path("a folder/of $(touch pwned).txt").read_text()
    assert listed.splitlines() == ODD
    assert project.path("a log; touch pwned").is_file()
    assert not project.path("pwned").exists()
