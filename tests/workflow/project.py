"""A copy of the project to run the workflow in, and to edit."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import forks
import yaml

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "rules", "workflow", "profiles", "src")
STUDY = "study.yaml"

# Jobs that show a study as a whole.
SHOWING = {"build_atlas", "write_findings"}


class Project:
    """A folder with Snakefile, rules, package and one small study, `study.yaml`."""

    def __init__(self, folder: Path, jobs: Iterable[str] = ()) -> None:
        self.folder = folder
        self.jobs = set(jobs)  # all that there are, once they have been run
        self.forked = True  # whether what is run to its end begins with the libraries imported

    @classmethod
    def create(cls, folder: Path) -> "Project":
        """Copy what belongs to the project, with the study of `workflow/small.yaml`."""
        folder.mkdir()
        for part in PARTS:
            if (ROOT / part).is_dir():
                ignore = shutil.ignore_patterns("*.pyc.*", "*.egg-info")  # half-written ones
                shutil.copytree(ROOT / part, folder / part, ignore=ignore)
            else:
                shutil.copy2(ROOT / part, folder / part)
        shutil.copy2(ROOT / "workflow" / "small.yaml", folder / STUDY)
        project = cls(folder)
        # A network that learns labels eight times would be much of the work of the small study.
        project.edit("src/preimage/measures/depth/labels.py", "range(1, 9)", "range(1, 2)")
        return project

    def copy(self, folder: Path) -> "Project":
        """Copy all of it with its times, as ``cp -a`` does."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder)

    def path(self, name: str) -> Path:
        """Return a file of the project."""
        return self.folder / name

    def plan(self, name: str) -> Path:
        """Return the file of a plan; of several, the one that was written last."""
        found = self.folder.glob(f"results/small/plan/{name}.*.json")
        return max(found, key=lambda path: path.stat().st_mtime_ns)

    def configure(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the study's configuration; comments and layout go."""
        config = yaml.safe_load(self.path(STUDY).read_text())
        change(config)
        self.path(STUDY).write_text(yaml.safe_dump(config))

    def append(self, name: str, text: str) -> None:
        """Add something to the end of a file."""
        with self.path(name).open("a") as file:
            file.write(text)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace `old`, which must be there, in a file."""
        text = self.path(name).read_text()
        assert old in text, f"{old!r} is not in {name}"
        self.path(name).write_text(text.replace(old, new))

    def command(self, *arguments: str) -> dict[str, Any]:
        """Return the command line and the surroundings of a run of its own, for `subprocess`."""
        path = os.pathsep.join([str(self.folder / "src"), str(Path(__file__).with_name("plugins"))])
        settings = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
        words = ["snakemake", *arguments, "--configfile", STUDY, "--logger", "jobs"]
        return {
            "args": [sys.executable, "-m", *words],
            "cwd": self.folder,
            "env": os.environ | settings,
            "stdout": subprocess.PIPE,
            "text": True,
        }

    def ended(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the workflow; return how it ended, and what it said."""
        command = self.command(*arguments)
        if self.forked:
            command["args"][0] = forks.python()
        return subprocess.run(**command, stderr=subprocess.PIPE, check=False, timeout=1800)

    def run(self, *arguments: str) -> list[dict[str, Any]]:
        """Run the workflow; return its jobs, each with `rule`, `wildcards` and `reason`."""
        done = self.ended(*arguments)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def mistake(self, *arguments: str) -> str:
        """Return what the workflow says when it refuses to run; no job may have begun."""
        done = self.ended(*arguments)
        assert done.returncode != 0
        assert not [line for line in done.stdout.splitlines() if line.startswith("{")]
        return done.stderr

    def planned(self, *arguments: str) -> dict[str, str]:
        """Return what ``snakemake -n`` would run and why, as ``rule wildcard/wildcard``.

        What shows a study follows from nearly all of it, and is left out where it is not alone.
        """
        jobs = self.run("-n", *arguments)
        found = {
            f"{job['rule']} {'/'.join(job['wildcards'].values())}".strip(): job["reason"]
            for job in jobs
            if job["rule"] != "all"
        }
        return {
            job: why for job, why in found.items() if job not in SHOWING or found.keys() <= SHOWING
        }
