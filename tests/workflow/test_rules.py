"""A rule tells its step each of its files by the name that the step knows, word by word."""

import json
import re
import shlex
from pathlib import Path

import pytest
from pages import make
from planning import PROGRAM, planned
from project import Project


@pytest.fixture(scope="module", params=["small", "world"])
def study(request, tmp_path_factory):
    """The folder of a project in which a study is planned, and all jobs whose rule runs a step."""
    project = Project.create(tmp_path_factory.mktemp(request.param) / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.folder)
        found = planned(f"workflow/{request.param}.yaml")
    assert {"compare_images", "tabulate_opposites"} <= {job.rule for job in found}
    return project, found


@pytest.fixture
def jobs(study):
    return study[1]


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


def is_of(file, told):
    """Whether a file of a study is one that the docs tell of."""
    return re.fullmatch(re.sub(r"[A-Z]+", "[^/]+", re.escape(told)), file.split("/", 2)[2])


def test_the_docs_say_where_each_table_is(jobs):
    tables = [table for some in make.declared().values() for table in some]
    made = {file for job in jobs for file in job.outputs if file.endswith(".parquet")}
    untold = {f for f in made if not any(is_of(f, make.file_of(table)) for table in tables)}
    assert {file.split("/")[2] for file in untold} <= {"images", "measures", "mlps", "inversions"}
    for job in jobs:
        for name, output in job.step.outputs.items():
            if hasattr(output, "table") and "/tables/" in job.output[name][0]:
                assert is_of(job.output[name][0], make.file_of(output.table))


def test_the_docs_say_how_to_read_each_figure(study):
    project, jobs = study
    (atlas,) = [job for job in jobs if job.rule == "build_atlas"]
    figures = json.loads(project.path(atlas.input["plan"][0]).read_text())["figures"]
    told = {file: said for kinds in make.FIGURES.values() for file, said in kinds.items()}
    for figure in figures:
        file = figure["file"].replace("../", "results/x/")
        fitting = [kind for kind in told if is_of(file, f"figures/{kind}")]
        captions = {make.caption(told[kind]).split(" of ")[0] for kind in fitting}
        assert figure["caption"].replace("\n", " ").split(" of ")[0] in captions, figure


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
