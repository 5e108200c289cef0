"""The commands that the README and the pages of docs/ show can be given as they stand there."""

import re
import shlex
from textwrap import dedent

import pandas as pd
import pytest
from pages import PAGES, ROOT, commands, fenced
from project import Project
from snakemake.cli import get_argument_parser

from preimage.__main__ import main
from preimage.steps.index import modules
from preimage.study.reading import read_study

TEXT = "\n".join(PAGES.values())
# Inline code counts too, where it is more than the name of a program.
GIVEN = [*commands(), *re.findall(r"`((?:snakemake|preimage|make) [^`\n]+)`", TEXT)]
GIVEN = list(dict.fromkeys(GIVEN))
EXPERIMENT = PAGES[ROOT / "docs" / "experiments.md"]
RULES = [ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk"))]
TARGETS = re.findall(r"^rule (\w+):", "\n".join(rule.read_text() for rule in RULES), re.MULTILINE)
SHOWN = re.findall(r"^    study: (\w+)$", TEXT, re.MULTILINE)  # studies of pages, NAME.yaml


def of(program):
    return [line for line in GIVEN if line.split()[0] == program]


def test_all_commands_are_of_programs_that_are_tested():
    others = {line.split()[0] for line in GIVEN} - {"snakemake", "preimage", "python", "make"}
    assert others <= {"source"}


@pytest.mark.parametrize("line", of("make"))
def test_make_has_the_target(line):
    (target,) = line.split()[1:]
    assert re.search(rf"^[\w ]*\b{target}\b[\w ]*:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("line", of("snakemake"))
def test_snakemake_takes_the_words(line):
    words = shlex.split(line)[1:]
    asked = get_argument_parser().parse_args(words)
    for file in asked.configfile or ():
        assert (ROOT / file).exists() or str(file).removesuffix(".yaml") in SHOWN
    for target in asked.targets:
        assert target in TARGETS + re.findall(r"^rule (\w+):", EXPERIMENT, re.MULTILINE) or (
            target.startswith("results/")
        )
    if asked.workflow_profile:
        assert (ROOT / "profiles" / str(asked.workflow_profile)).is_dir()


# Pictures are made in tests/test_readme.py.
LIGHT = [line for line in of("preimage") if not re.match(r"preimage picture \S", line)]


@pytest.mark.parametrize("line", LIGHT)
def test_preimage_takes_the_words(line, tmp_path, monkeypatch, capsys):
    """What only reads runs; of a cost, which takes a minute, the words are read alone."""
    name, *words = shlex.split(line)[1:]
    assert name in modules()
    if not words:  # it is spoken of
        return
    if name == "cost":
        module = __import__(modules()[name], fromlist=[name])
        asked = getattr(module, name).parser().parse_args(words)
        assert read_study(ROOT / next(v for v in vars(asked).values() if str(v).endswith("yaml")))
        return
    (tmp_path / "my_networks.py").write_text(OF_USER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert main([name, *words]) == 0
    assert capsys.readouterr().out


OF_USER = """
from torch import nn


class Small(nn.Sequential):
    def __init__(self, classes):
        pooled = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        super().__init__(nn.Conv2d(3, 4, 3), *pooled, nn.Linear(4, classes))
"""

STUDY = """
study: small
device: cpu
threads: 1
classes: [cat, dog, bird]
networks: [{name: net, architecture: resnet18, size: 32, weights: {untrained: 1}}]
recipes: [{name: quick, octaves: [{size: 32, iterations: 2, lr: 0.1}]}]
image_sets:
  - {name: a, code: A3, objective: A, classes: all, runs: [{network: net, recipe: quick}]}
"""


def install(project):
    """Write the code of the page into a project, each block where its first line says."""
    blocks = fenced(EXPERIMENT, "python") + fenced(EXPERIMENT, "rst")
    for block in blocks:
        first, _, rest = block.partition("\n")
        if found := re.fullmatch(r"# Snakefile, before: (.+)", first):
            project.edit("Snakefile", found[1] + "\n", rest.rstrip() + "\n" + found[1] + "\n")
        else:
            project.path(first.removeprefix("# ")).write_text(rest)
    return len(blocks)


def test_the_experiment_of_the_docs_runs_and_is_current_then(tmp_path):
    project = Project.create(tmp_path / "project")
    assert install(project) == 8
    project.path("study.yaml").write_text(dedent(STUDY))
    made = {job["rule"] for job in project.run("symmetry")}
    assert {"measure_symmetry", "draw_symmetry", "generate_images"} <= made
    results = project.path("results/small")
    assert (results / "figures" / "symmetry.png").exists()
    assert (results / "figures" / "symmetry.pdf").exists()
    found = pd.read_parquet(results / "tables" / "symmetry.parquet").symmetry
    assert len(found) == 3
    assert found.between(-1, 1).all()
    assert not project.run("-n", "symmetry")
    project.append("src/preimage/measures/images/symmetry.py", "\n# a comment is no reason\n")
    assert not project.run("-n", "symmetry")
    project.edit("src/preimage/measures/images/symmetry.py", "axis=(1, 2)", "axis=(0, 1, 2)")
    assert {*project.planned("symmetry")} == {"symmetry", "measure_symmetry", "draw_symmetry"}


def test_the_python_of_results_reads_a_study(finished, tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "demo").symlink_to(finished.path("results/small"))
    monkeypatch.chdir(tmp_path)
    found = {}
    for code in fenced(PAGES[ROOT / "docs" / "results.md"], "python"):
        exec(code, found)
    assert len(found["own"]) == 6
    assert found["block"]
