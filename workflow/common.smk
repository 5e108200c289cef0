# What the rules share: the checked study, and plan and code of each step as files and as digests.

import shutil
import subprocess
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from preimage.errors import UserError
from preimage.networks.weights import Source, check_reachable, torchvision_source
from preimage.study.code import code_digest
from preimage.study.configuration import checked
from preimage.study.keys import content_digest, digest, write_key
from preimage.study.sources import (
    download_arguments,
    download_name,
    is_downloaded,
    is_trained,
    weights_file,
)
from preimage.study.study import Study, networks_of

try:
    STUDY = Study(checked(config, Path(workflow.basedir, "workflow/schemas/config.schema.yaml")))
except UserError as error:
    raise WorkflowError(str(error)) from None

R = f"results/{STUDY.name}"
STEP = f"{sys.executable} -m preimage.steps"
DIGESTS = {}  # of every plan, by its file


def plan(name, value):
    """Write the plan of a step; return its file. Its digest is a parameter of the rule."""
    path = write_key(f"{R}/plan/{name}.json", value)
    DIGESTS[path] = digest(value)
    return path


def code(step):
    """Write down the code that a step runs; return the file."""
    return plan(f"code/{step}", code_digest(f"preimage.steps.{step}"))


def gpu_here():
    """Say whether this machine has a GPU, without the seconds that importing torch takes."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/gpus").exists()


def check_device():
    """A GPU that is asked for and missing is an error now, not in the first job."""
    if STUDY.config["device"] == "cuda" and not STUDY.config["submitted"] and not gpu_here():
        raise WorkflowError(
            "configuration, device: cuda, but this machine has no NVIDIA GPU. Set device: auto or "
            "cpu; or submit the jobs to a cluster with --profile workflow/profiles/slurm"
        )


def check_networks():
    """Let a step check, once for each configuration, what takes torch: layers, architectures."""
    wanted = plan("check", STUDY.check_plan() | {"code": code_digest("preimage.steps.check_study")})
    passed = Path(f"{R}/plan/checked.json")
    if passed.exists() and passed.read_text() == Path(wanted).read_text():
        return
    step = [*STEP.split(), "--plan", wanted, "--output", str(passed)]
    step[2] += ".check_study"
    done = subprocess.run(step, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise WorkflowError(done.stderr.strip())


if workflow.is_main_process:
    check_device()
    check_networks()

# The rules that descend, judge or train ask for this.
USES_GPU = STUDY.config["device"] == "cuda" or (STUDY.config["device"] == "auto" and gpu_here())
ON_DEVICE = {"gpu": 1} if USES_GPU else {}


wildcard_constraints:
    image_set="|".join(STUDY.image_sets),
    network="|".join(STUDY.networks),
    block="[0-9]+",
