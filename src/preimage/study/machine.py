"""The machine that Snakemake runs on."""

import os
import shutil
import sys
from pathlib import Path


def has_gpu() -> bool:
    """Say whether there is an NVIDIA GPU, without the seconds that importing torch takes."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/gpus").exists()


def let_jobs_import(sources: Path) -> None:
    """Let jobs find this Python under the name `python`, and the package in `sources`.

    A job in an environment of its own finds that one's Python first.
    """
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PYTHONPATH"] = str(sources)
