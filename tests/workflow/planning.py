"""Snakemake plans studies in this process, and their steps run in it: no start-up for each job."""

import gc
import logging
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from snakemake.api import SnakemakeApi
from snakemake.io import is_flagged
from snakemake.iocontainers import Namedlist
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
    WorkflowSettings,
)

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
    def words(self) -> list[str]:
        """The words of its command line behind the name of the step, as the shell splits them."""
        found = shlex.split(self.command)
        assert found[: len(PROGRAM) + 1] == [*PROGRAM, self.rule]
        return found[len(PROGRAM) + 1 :]

    @property
    def step(self) -> Any:
        """The step that its command names."""
        return getattr(import_module(modules()[self.rule]), self.rule)

    @cached_property
    def given(self) -> dict[str, list[str]]:
        """What the command line gives, by name, as the step's own parser reads it."""
        with redirect_stderr(StringIO()) as said:
            try:
                given = vars(self.step.parser().parse_args(self.words))
            except SystemExit:
                raise AssertionError(f"{self.rule}: {said.getvalue()}") from None
        return {name: _files(value) for name, value in given.items()}

    @property
    def large(self) -> set[str]:
        """Its outputs that nobody should hash to see them changed."""
        names = [n for n, output in self.step.outputs.items() if output.large]
        own = [n for n, (kind, _) in self.step.inputs.items() if isinstance(kind, NewFile)]
        tensors = [f for n in own for f in self.output[n] if f.endswith((".safetensors", ".pth"))]
        return {*tensors, *(file for name in names for file in self.output[name])}


def _files(value: object) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def planned(config: str | dict[str, Any], *targets: str) -> list[Job]:
    """Return the jobs of a study that run a step; the working directory is that of a project.

    The study is a file of configuration, or what is in one. Raises what Snakemake raises.
    """
    if isinstance(config, dict):
        text = yaml.safe_dump(config, allow_unicode=True)
        Path("study.yaml").write_text(text, encoding="utf-8")
    file = Path("study.yaml" if isinstance(config, dict) else config)
    quiet = OutputSettings(quiet={Quietness.ALL})
    with _checked_here(), SnakemakeApi(quiet) as api:
        flow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            workflow_settings=WorkflowSettings(runtime_source_cache_path=Path(".cache").resolve()),
            config_settings=ConfigSettings(configfiles=[file]),
            snakefile=Path("Snakefile"),
        )
        settings = DAGSettings(targets=set(targets), forceall=True)
        flow.dag(settings).execute_workflow(executor="dryrun")
        workflow = flow._workflow
        untold = sorted(workflow.globals["UNTOLD"])
        return [_job(job, untold) for job in workflow.dag.jobs if job.rule.name in modules()]


@contextmanager
def _checked_here() -> Iterator[None]:
    """Let the step that checks a study run in this process, too, which has torch already."""
    real = subprocess.run
    logging.disable(logging.INFO)  # Snakemake would tell all of its plan to a test that fails

    def run(args: list[str], **options: Any) -> subprocess.CompletedProcess:
        if args[: len(PROGRAM)] != PROGRAM:
            return real(args, **options)
        step = getattr(import_module(modules()[args[3]]), args[3])
        with redirect_stderr(StringIO()) as said:
            code = step.main(args[4:])
        return subprocess.CompletedProcess(args, code, stderr=said.getvalue())

    subprocess.run = run
    before = [*sys.path]
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        subprocess.run, sys.path[:] = real, before


def _job(job: Any, untold: list[str]) -> Job:
    return Job(
        rule=job.rule.name,
        command=job.shellcmd or "",
        input=_named(job.input),
        output=_named(job.output),
        inputs=[*job.input],
        outputs=[*job.output],
        ancient=[file for file in job.input if is_flagged(file, "ancient")],
        digest=job.params.get("digest"),
        untold=untold,
    )


def _named(files: Namedlist) -> dict[str, list[str]]:
    return {name: [some] if isinstance(some, str) else [*some] for name, some in files.items()}


def run(jobs: list[Job]) -> None:
    """Run the steps of all jobs, each after those that it needs, and see that each keeps its word.

    A job must end well and leave the files that its rule promises.
    """
    makers = {file: i for i, job in enumerate(jobs) for file in job.outputs}
    needed = {i: {makers[f] for f in job.inputs if f in makers} for i, job in enumerate(jobs)}
    for i in TopologicalSorter(needed).static_order():
        job = jobs[i]
        with redirect_stderr(StringIO()) as said:
            code = job.step.main(job.words)
        assert code == 0, (job.rule, said.getvalue())
        missing = [file for file in job.outputs if not Path(file).exists()]
        assert not missing, (job.rule, missing)
    gc.collect()  # networks and plans of one study are no use to the next
