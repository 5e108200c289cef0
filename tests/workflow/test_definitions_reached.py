"""What a job executes is in the digest of its step: nothing that decides a result is missed."""

import importlib
import shlex
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

import pytest
from executed import executed
from project import Project
from test_animations import TURN
from test_feature_maps import LEVEL, MAPS, METRICS
from test_feature_workflow import NEURONS, ORDER

from preimage.steps.index import modules
from preimage.study.code import CARRIERS, step_definitions

SHELL = "Shell command: python -m preimage "
TARGETS = ("all", "animations", "features", "feature_maps")
ELSEWHERE = {"check_study", "cost", "download_weights", "layers", "picture"}  # steps of no job here


def ask_for_everything(config):
    config["image_sets"] += [MAPS, LEVEL, NEURONS, ORDER, TURN]
    config["feature_comparisons"] = METRICS
    of_photos = next(one for one in config["image_sets"] if "photos" in one)
    of_photos["runs"].append({"network": "resnet18-noise", "recipe": "quick"})


def commands(project: Project) -> Iterator[list[str]]:
    """Yield the command line of every job, from its step on, each after those that it needs."""
    command = project.command("-n", "-p", *TARGETS)
    command["args"] = [word for word in command["args"] if word not in ("--logger", "jobs")]
    done = subprocess.run(**command, stderr=subprocess.STDOUT, check=False, timeout=600)
    assert done.returncode == 0, done.stdout
    for line in map(str.strip, done.stdout.splitlines()):
        if line.startswith(SHELL):
            yield shlex.split(line.removeprefix(SHELL))


def work(step: str, *words: str) -> None:
    """Do in this process what a command line does."""
    assert getattr(importlib.import_module(modules()[step]), step).main(words) == 0, words


@pytest.mark.filterwarnings("default")
def test_every_definition_that_a_job_executes_counts_for_it(fresh, tmp_path, monkeypatch):
    """The whole study in one process; what has been cached in it, no later job executes."""
    project = fresh.copy(tmp_path / "project")
    project.configure(ask_for_everything)
    monkeypatch.chdir(project.folder)
    monkeypatch.setattr("preimage.measures.depth.labels.SEEDS", [1])
    ran = defaultdict(set)
    for step, *words in commands(project):
        ran[step] |= executed(partial(work, step, *words))
    carried = {d for found in ran.values() for d in found if d.split(":")[0] in CARRIERS}
    assert {step: found - {*step_definitions(step)} - carried for step, found in ran.items()} == {
        step: set() for step in ran
    }
    assert "preimage.descent.descend:descend" in ran["generate_images"]
    assert {*modules()} - ELSEWHERE == {*ran}
