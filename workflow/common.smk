# What the rules share: the checked study, plan and code of each step as files and as digests, and
# the inputs that depend on wildcards.

import subprocess
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

sys.path.insert(0, str(Path(workflow.basedir, "src")))

from preimage.errors import UserError
from preimage.networks.weights import Source, check_reachable, torchvision_source
from preimage.study import depth, machine, sources
from preimage.study.code import code_digest, code_digests
from preimage.study.configuration import checked
from preimage.study.keys import digest, write_key
from preimage.study.study import Study, networks_of

machine.let_jobs_import(Path(workflow.basedir, "src"))
STEP = "python -m preimage.steps"
ENVIRONMENT = f"{workflow.basedir}/workflow/environment.yaml"

try:
    STUDY = Study(
        checked(config, Path(workflow.basedir, "workflow/schemas/config.schema.yaml"))
    )
except UserError as error:
    raise WorkflowError(str(error)) from None

R = f"results/{STUDY.name}"
BLOCK = f"{R}/images/{{image_set}}/{{network}}/{{block}}"
DIGESTS = {}  # of every plan, by its name


def plan(name, value):
    """Write the plan of a step; return its file. Its digest is a parameter of the rule."""
    DIGESTS[name] = digest(value)
    return write_key(f"{R}/plan/{name}.json", value)


def code(step):
    """Write down the code that a step runs, module by module; return the file."""
    return plan(f"code/{step}", code_digests(f"preimage.steps.{step}"))


def planned(name):
    """Return a parameter: the digest of the plan whose name has these wildcards."""
    return lambda wildcards: DIGESTS[name.format(**wildcards)]


def gpus(wildcards):
    """GPUs that a job asks for which descends, judges or trains; none on the CPU.

    Submitted jobs find a GPU where they run, so that none has to be here.
    """
    there = workflow.non_local_exec or workflow.remote_exec or machine.has_gpu()
    asked = {"auto": there, "cuda": True, "cpu": False}[STUDY.config["device"]]
    return 1 if asked else None


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
    wanted = plan(
        "check",
        STUDY.check_plan() | {"code": code_digest("preimage.steps.check_study")},
    )
    passed = Path(f"{R}/plan/checked.json")
    if passed.exists() and passed.read_text() == Path(wanted).read_text():
        return
    command = f"{STEP}.check_study --plan {wanted} --output {passed}"
    done = subprocess.run(
        command.split(), stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise WorkflowError(done.stderr.strip() or f"{command}: {done.returncode}")


def check_downloads(jobs):
    """Off line is an error before the first job, not in the middle of the study."""
    downloads = [job for job in jobs if job.rule.name == "download_weights"]
    try:
        wanted = {
            Path(j.output.weights): source_of(j.wildcards.weights) for j in downloads
        }
        check_reachable(wanted, mirror=STUDY.config["mirror"])
    except UserError as error:
        raise WorkflowError(str(error)) from None


def source_of(download):
    entry = DOWNLOADS[download]
    if isinstance(entry["weights"], str):
        return torchvision_source(entry["architecture"], entry["weights"])
    return Source(entry["weights"]["url"], entry["weights"]["sha256"])


def weights_of(wildcards):
    """The file of weights that a network is built from; ancient, for the plan has its digest."""
    entry = STUDY.networks[wildcards.network]
    if sources.is_downloaded(entry):
        file = f"results/weights/{sources.download_name(entry)}.pth"
        return {"weights": ancient(file), "sha256": f"{file}.sha256"}
    file = sources.weights_file(entry)
    return {"weights": ancient(file)} if file else {}


def network_files(names):
    """Networks, ancient, for the description beside each has the digest of its content."""
    return {
        "networks": [ancient(f"{R}/networks/{name}.safetensors") for name in names],
        "about": [f"{R}/networks/{name}.json" for name in names],
    }


def inputs_of_block(wildcards):
    """Networks and photos of a block; ancient, for the plan has the digests of the photos."""
    block = BLOCKS[wildcards.image_set, wildcards.network][wildcards.block]
    photos = [ancient(p["file"]) for p in block["photos"].values() if "file" in p]
    return network_files(networks_of(block)) | {"photos": photos}


def files_of(image_set, network, ending):
    """The files of all blocks of a run."""
    blocks = BLOCKS.get((image_set, network), {})
    return [f"{R}/images/{image_set}/{network}/{block}.{ending}" for block in blocks]


def opposites_files(network, ending):
    """The files of a network's class images and of their opposites."""
    return [
        f for s in ("class_images", "opposites") for f in files_of(s, network, ending)
    ]


def images_of(wildcards):
    """Images and item tables of a run; images ancient, for the item tables beside them change too."""
    run = (wildcards.image_set, wildcards.network)
    images = [ancient(file) for file in files_of(*run, "safetensors")]
    return {"images": images, "item_tables": files_of(*run, "items.parquet")}


def measured(table, *image_sets):
    """What the networks said, a table for each run; of all sets of classes, or of these."""
    runs = [run for run in STUDY.class_runs if not image_sets or run[0] in image_sets]
    return [f"{R}/measures/{'/'.join(run)}.{table}.parquet" for run in runs]


def generators_of(image_set):
    """The networks that generate an image set; none where the study has no such set."""
    return [network for name, network in STUDY.runs if name == image_set]


if workflow.is_main_process:
    check_networks()

# A submitted job was given the GPU that it asked for: were it not found, auto would be the CPU.
given = workflow.remote_exec and STUDY.config["device"] != "cpu"
DEVICE = f"--device {'cuda' if given else STUDY.config['device']} --threads {{threads}}"


wildcard_constraints:
    image_set="|".join(STUDY.image_sets),
    network="|".join(STUDY.networks),
    block=r"[0-9]+\.([\w.-]+\.)?[0-9]+",
