"""Whatever sets a study has, it finishes: every job can be run by its command, and all do run."""

import re
import shutil
import sys
from textwrap import dedent

import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from planning import planned, run
from project import ROOT, Project
from studies import studies
from torchvision.models import squeezenet1_0


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project, which is the working directory."""
    project = Project.create(tmp_path_factory.mktemp("every") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.folder)
        patch.setattr("preimage.measures.depth.labels.SEEDS", [1])
        yield project


SLOW = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@given(config=studies())
@settings(SLOW, max_examples=40)
@pytest.mark.usefixtures("project")
def test_any_study_is_planned_with_all_that_its_steps_need(config):
    jobs = planned(config)
    for job in jobs:
        assert job.given
    rules = {job.rule for job in jobs}
    assert ("generate_images" in rules) == bool(config.get("image_sets"))
    assert ("build_network" in rules) == any("untrained" in w for w in weights_of(config))


def weights_of(config):
    return [network["weights"] for network in config["networks"]]


@given(config=studies().filter(lambda config: len(config.get("image_sets", ())) > 1))
@settings(SLOW, max_examples=4)
def test_any_study_finishes(project, config):
    """All its steps, in this process: a few studies, for each takes some seconds."""
    shutil.rmtree(project.path("results/small"), ignore_errors=True)
    run(planned(config))
    assert not [*project.folder.rglob("pwned")]


STUDIES = [
    *sorted(path for path in (ROOT / "workflow").glob("*.yaml") if path.stem != "environment"),
    ROOT / "config.yaml",
]


@pytest.mark.parametrize("study", STUDIES, ids=[path.stem for path in STUDIES])
def test_every_study_of_the_project_is_planned(project, study, monkeypatch):
    if "efficientnet" in study.read_text(encoding="utf-8"):
        pytest.importorskip("efficientnet_lite_pytorch", reason="pip install preimage[real]")
    monkeypatch.setattr(sys, "path", [*sys.path])
    if "weights.pth" in study.read_text(encoding="utf-8"):
        torch.save(squeezenet1_0().state_dict(), project.path("weights.pth"))
    jobs = planned(yaml.safe_load(study.read_text(encoding="utf-8")))
    assert jobs
    for job in jobs:
        assert job.given


def test_the_study_of_the_docs_that_needs_no_files_is_planned(project):
    """Those that need files are run, in `test_any_study`."""
    pages = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^    study: depth$.*?\n\n", pages, re.MULTILINE | re.DOTALL)
    rules = {job.rule for job in planned(yaml.safe_load(dedent(block)))}
    assert {"build_network", "generate_images", "measure_reconstructions", "draw_depth"} <= rules
    assert project.path("results/depth/plan").is_dir()
