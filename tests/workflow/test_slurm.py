"""The study on a cluster: what is asked of Slurm for each job, and what comes of jobs that fail."""

import signal
import subprocess
import time
from collections import defaultdict
from functools import partial

import pytest
import slurm
from conftest import only_class_images

MINUTE, TWO_MINUTES = "00:01:00", "00:02:00"
START = '    recipe = Recipe.read(plan.recipe, f"{plan.set} of {plan.network}, recipe")\n'
SLEEP = "__import__('time').sleep(600)"
STEP = "src/preimage/steps/generate_images.py"
PROFILE = ["--workflow-profile", "slurm", "--slurm-status-command", "squeue"]
PROFILE += ["--slurm-init-seconds-before-status-checks", "2"]
PROFILE += ["--default-resources", "runtime=10 * attempt", "mem_mb=800 * attempt"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if reason := slurm.missing():
        pytest.skip(reason)
    with slurm.cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


@pytest.fixture
def project(fresh, cluster, tmp_path, monkeypatch):
    """The class images of one network, whose jobs ask for GPUs and compute without."""
    for name, value in cluster.settings.items():
        monkeypatch.setenv(name, value)
    project = fresh.copy(tmp_path / "project")
    project.configure(partial(only_class_images, weights={"untrained": 1}))
    project.configure(lambda config: config.update(device="auto"))
    project.edit("workflow/common.smk", "given = workflow.remote_exec and", "given = False and")
    return project


def by_rule(jobs):
    """Return the jobs of Slurm's, the first attempt first, by the rule that they are of."""
    found = defaultdict(list)
    for job in jobs:
        found[job["Comment"].removeprefix("rule_").partition("_wildcards_")[0]].append(job)
    return found


def first_time(name, what):
    """Return a line of code that does something the first time that it is run."""
    return f"    (f := __import__('pathlib').Path({name!r})).exists() or f.touch() or {what}\n"


def wait_for(cluster, before, state):
    """Wait until a job that was not there before is in a state; return its number."""
    for _ in range(600):
        for job in cluster.jobs():
            if job["JobState"] == state and job["JobId"] not in before:
                return
        time.sleep(0.2)
    raise TimeoutError(f"no job is {state}")


def test_gpus_are_for_jobs_that_compute_and_what_fails_is_tried_again(project, cluster):
    """One job fails at once; another is ended by its limit of time, and then has twice as much."""
    project.edit(STEP, START, first_time("slept", SLEEP) + START)
    asks = "    _check(plan, pictures, asked)\n"
    project.edit("src/preimage/steps/ask_networks.py", asks, first_time("failed", "1 / 0") + asks)
    project.run("class_images", *PROFILE, "--set-resources", "generate_images:runtime=1 * attempt")
    jobs = by_rule(cluster.jobs())
    states = {rule: [job["JobState"] for job in some] for rule, some in jobs.items()}
    assert states == {
        "build_network": ["COMPLETED"],
        "generate_images": ["TIMEOUT", "COMPLETED"],
        "ask_networks": ["FAILED", "COMPLETED"],
        "draw_sheet": ["COMPLETED"],
    }
    assert [job["TimeLimit"] for job in jobs["generate_images"]] == [MINUTE, TWO_MINUTES]
    assert [job["MinMemoryNode"] for job in jobs["ask_networks"]] == ["800M", "1600M"]
    gpus = {rule: {job.get("TresPerJob") for job in some} for rule, some in jobs.items()}
    assert gpus == {
        "build_network": {None},
        "generate_images": {"gres:gpu:1"},
        "ask_networks": {"gres:gpu:1"},
        "draw_sheet": {None},
    }
    assert project.planned("class_images") == {}


def test_a_run_that_is_interrupted_cancels_its_jobs(project, cluster):
    project.edit(STEP, START, f"    {SLEEP}\n{START}")
    known = {job["JobId"] for job in cluster.jobs()}
    command = project.command("class_images", *PROFILE)
    with subprocess.Popen(**command, stderr=subprocess.DEVNULL) as run:
        assert any("generate_images" in line for line in run.stdout)
        known |= {job["JobId"] for job in cluster.jobs() if job["JobState"] == "COMPLETED"}
        wait_for(cluster, known, "RUNNING")
        run.send_signal(signal.SIGINT)
        run.communicate()
    (job,) = [job for job in cluster.jobs() if job["JobId"] not in known]
    assert job["JobState"] == "CANCELLED"
    assert not project.path("results/small/images").exists()


def test_a_job_that_was_submitted_with_another_configuration_is_refused(project, cluster):
    """It is read anew where the job runs, and may have changed while the job waited."""
    network = "results/small/networks/squeezenet.safetensors"
    known = {job["JobId"] for job in cluster.jobs()}
    cluster.run("scontrol", "update", "PartitionName=main", "State=DOWN")
    command = project.command(network, *PROFILE, "--retries", "0")
    with subprocess.Popen(**command, stderr=subprocess.DEVNULL) as run:
        wait_for(cluster, known, "PENDING")
        project.configure(partial(only_class_images, weights={"untrained": 2}))
        cluster.run("scontrol", "update", "PartitionName=main", "State=UP")
        run.communicate()
    assert run.returncode != 0
    said = [path.read_text() for path in project.path(".snakemake/slurm_logs").rglob("*.log")]
    assert any("another one than when this job was submitted" in text for text in said)
    assert not project.path(network).exists()
