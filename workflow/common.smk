# What the rules share: the checked study, plan and code of each step as files and as digests, and
# where jobs run. The inputs that depend on wildcards are in inputs.smk.

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.io import contains_wildcard

sys.path.insert(0, str(Path(workflow.basedir, "src")))

from preimage.errors import UserError
from preimage.networks.weights import Source, check_reachable, torchvision_source
from preimage.study import (
    areas,
    atlas,
    claims,
    classes,
    comparisons,
    crops,
    depth,
    feature_maps,
    findings,
    machine,
    merging,
    needs,
    opposites,
    records,
    runs,
    sources,
    space,
)
from preimage.study.checks.names import check_files
from preimage.study.code import all_definitions
from preimage.study.configuration import checked
from preimage.study.cutting import NAMES as BLOCK_NAMES
from preimage.study.key_files import KeyFiles
from preimage.study.keys import digest, read_known
from preimage.study.reading import read_study
from preimage.study.study import Study

machine.let_jobs_import(Path(workflow.basedir, "src"))
ENVIRONMENT = f"{workflow.basedir}/workflow/environment.yaml"


def or_end(function, *args):
    """Return what a function returns; a mistake of the user's ends Snakemake."""
    try:
        return function(*args)
    except UserError as error:
        raise WorkflowError(str(error)) from None


if workflow.is_main_process:
    for file in workflow.configfiles:
        or_end(read_study, file)
SCHEMA = Path(workflow.basedir, "workflow/schemas/config.schema.yaml")
STUDY = Study(or_end(checked, config, SCHEMA))
R = f"results/{STUDY.name}"
BLOCK = f"{R}/images/{{image_set}}/{{network}}/{{block}}"
KEYS = KeyFiles(f"{R}/plan")


def plan(name, value):
    """Write the plan of a step; return its file. Its digest is a parameter of the rule."""
    return or_end(KEYS.write, name, value)


CODE = or_end(all_definitions, Path("results/code.json"))


def one_of(names):
    """Return a pattern of names, which matches nothing where there is none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def code(step):
    """Write down the code that a step runs, by definitions; return the file."""
    return plan(f"code/{step}", CODE[step])


def gpus(wildcards):
    """GPUs that a job asks for which descends, judges or trains; none on the CPU.

    Submitted jobs find a GPU where they run, so that none has to be here.
    """
    there = workflow.non_local_exec or workflow.remote_exec or machine.has_gpu()
    asked = {"auto": there, "cuda": True, "cpu": False}[STUDY.config["device"]]
    return 1 if asked else None


def needs_of_jobs():
    """What jobs that compute ask a cluster for, by what is known of their networks."""
    return needs.Needs(STUDY, read_known(needs.KNOWN), on_gpu=bool(gpus(None)))


def begin(jobs):
    """Have the study for this run alone, until its process ends, and room for what it makes."""
    global held
    held = or_end(runs.begin, R)
    or_end(KEYS.let_jobs_know)
    or_end(KEYS.tidy)
    or_end(runs.check_writable, [file for job in jobs for file in job.output])


def check_device():
    """A GPU that is asked for and missing is an error now, not in the first job."""
    asked = STUDY.config["device"] == "cuda" and workflow.local_exec
    if asked and not machine.has_gpu():
        raise WorkflowError(
            "configuration, device: cuda, but this machine has no NVIDIA GPU. Set device: auto or "
            "cpu, or submit the jobs to a cluster with --workflow-profile slurm"
        )


def check_networks():
    """Let a step check, once for each configuration, what takes torch: layers, architectures."""
    wanted = plan("check", STUDY.check_plan() | {"spaces": space.checks(STUDY)})
    known = {"passed": digest([KEYS.digests["check"], CODE["check_study"]])}
    if Path(KEYS.plan("checked", known)).exists() and needs_of_jobs().are_known:
        return
    command = ["python", "-m", "preimage", "check_study", "--plan", wanted]
    command += ["--costs", str(needs.KNOWN)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise WorkflowError(
            done.stderr.strip() or f"{shlex.join(command)}: {done.returncode}"
        )
    warnings = [line for line in done.stderr.splitlines() if line[:9] == "warning: "]
    print(*warnings, sep="\n", end="\n" * bool(warnings), file=sys.stderr)
    plan("checked", known)


def check_outputs():
    """Two results of one name would be taken for each other; run when all rules are there.

    Of names with wildcards, Snakemake itself finds those that two rules make.
    """
    made = {
        one.name: [file for file in one.output if not contains_wildcard(file)]
        for one in workflow.rules
    }
    or_end(check_files, made)


def check_downloads(jobs):
    """Off line is an error before the first job, not in the middle of the study."""
    downloads = [job for job in jobs if job.rule.name == "download_weights"]
    wanted = {
        Path(job.output.file): or_end(source_of, job.wildcards.weights)
        for job in downloads
    }
    or_end(lambda: check_reachable(wanted, mirror=STUDY.config["mirror"]))


def source_of(download):
    entry = DOWNLOADS[download]
    if isinstance(entry["weights"], str):
        return torchvision_source(entry["architecture"], entry["weights"])
    return Source(entry["weights"]["url"], entry["weights"]["sha256"])


if workflow.is_main_process:
    or_end(records.keep_with_results)
    check_networks()
else:
    or_end(KEYS.remember)
runs.let_steps_be_seen(R)
NEEDS = needs_of_jobs()

# A submitted job was given the GPU that it asked for: were it not found, auto would be the CPU.
given = workflow.remote_exec and STUDY.config["device"] != "cpu"
DEVICE = f"--device {'cuda' if given else STUDY.config['device']} --threads {{threads}}"
# Networks' files name what builds them; a step runs only the code that the configuration names.
ALLOWED = f" --modules {shlex.join(STUDY.modules)}" if STUDY.modules else ""


wildcard_constraints:
    image_set=one_of(STUDY.image_sets),
    network=one_of(STUDY.networks),
    block=BLOCK_NAMES,
