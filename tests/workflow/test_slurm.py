"""The study on a cluster: what is asked of Slurm for each job, and what comes of jobs that fail."""

import signal
import subprocess
import time
from collections import defaultdict
from contextlib import contextmanager
from functools import partial

import pytest
import slurm
from own_files import only_class_images

START = '    recipe = Recipe.read(plan.recipe, f"{plan.set} of {plan.network}, recipe")\n'
SLEEP = "__import__('time').sleep(600)"
STEP = "src/preimage/steps/generate_images.py"
FAIL_FIRST = """
    marker = __import__("pathlib").Path(plan.set)
    if not marker.exists():
        marker.touch()
        __import__("time").sleep(600 if plan.set == "slow" else 0)
        raise ZeroDivisionError
"""
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
    project.forked = False  # Slurm ends jobs
    project.configure(partial(only_class_images, weights={"untrained": 1}))
    project.configure(lambda config: config.update(device="auto"))
    project.edit("workflow/common.smk", "given = workflow.remote_exec and", "given = False and")
    return project


def by_job(jobs):
    """Return the jobs of Slurm's, the first attempt first, by rule and first wildcard."""
    found = defaultdict(list)
    for job in jobs:
        rule, _, wildcards = job["Comment"].removeprefix("rule_").partition("_wildcards_")
        found[f"{rule} {wildcards.partition('_squeezenet')[0]}"].append(job)
    return found


@contextmanager
def running(project, *arguments):
    """Yield a run, which does not outlive the `with`, and can be interrupted where we cannot."""
    command = project.command(*arguments, *PROFILE)
    command["args"] = ["env", "--default-signal=INT", *command["args"]]
    with subprocess.Popen(**command, stderr=subprocess.DEVNULL) as run:
        try:
            yield run
        finally:
            run.kill()


def wait_for(cluster, before, state):
    """Wait until a job that was not there before is in a state."""
    for _ in range(600):
        for job in cluster.jobs():
            if job["JobState"] == state and job["JobId"] not in before:
                return
        time.sleep(0.2)
    raise TimeoutError(f"no job is {state}")


def test_gpus_are_for_jobs_that_compute_and_what_fails_is_tried_again(project, cluster):
    """One job fails at once; another is ended by its limit of time, and then has twice as much."""
    known = {job["JobId"] for job in cluster.jobs()}

    def add_slow(config):
        more = {"name": "slow", "classes": [5]}
        config["image_sets"].append(config["image_sets"][0] | more)

    project.configure(add_slow)
    project.edit(STEP, START, FAIL_FIRST + START)
    targets = ["class_images", "results/small/images/slow/squeezenet/000.999.items.parquet"]
    asked = [f"generate_images:{what} * attempt" for what in ("runtime=1", "mem_mb=800")]
    project.run(*targets, *PROFILE, "--set-resources", *asked)
    jobs = by_job(job for job in cluster.jobs() if job["JobId"] not in known)
    states = {name: [job["JobState"] for job in some] for name, some in jobs.items()}
    assert states == {
        "build_network squeezenet": ["COMPLETED"],
        "generate_images slow": ["TIMEOUT", "COMPLETED"],
        "generate_images class_images": ["FAILED", "COMPLETED"],
        "ask_networks class_images": ["COMPLETED"],
        "draw_sheet class_images": ["COMPLETED"],
    }
    slow = jobs["generate_images slow"]
    assert [job["TimeLimit"] for job in slow] == ["00:01:00", "00:02:00"]
    assert [job["MinMemoryNode"] for job in slow] == ["800M", "1600M"]
    asked = {name: {job.get("TresPerJob") for job in some} for name, some in jobs.items()}
    one = {"gres:gpu:1"}
    assert asked == {name: one if name.startswith(("generate", "ask")) else {None} for name in jobs}
    assert project.planned(*targets) == {}


def test_a_run_that_is_interrupted_cancels_its_jobs(project, cluster):
    project.edit(STEP, START, f"    {SLEEP}\n{START}")
    known = {job["JobId"] for job in cluster.jobs()}
    with running(project, "class_images") as run:
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
    with running(project, network, "--retries", "0") as run:
        wait_for(cluster, known, "PENDING")
        project.configure(lambda config: config["networks"][0].update(weights={"untrained": 2}))
        cluster.run("scontrol", "update", "PartitionName=main", "State=UP")
        run.communicate()
    assert run.returncode != 0
    said = [path.read_text() for path in project.path(".snakemake/slurm_logs").rglob("*.log")]
    assert any("another one than when this job was submitted" in text for text in said)
    assert not project.path(network).exists()
