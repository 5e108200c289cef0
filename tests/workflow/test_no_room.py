"""Disks that are full, and folders and files that cannot be written: named, and nothing is half."""

import json
import re
import resource
import shlex
import shutil
import subprocess

import pytest

from preimage.files import unfinished

FOLDER = "results/small/images/opposites/resnet18"
IMAGES = f"{FOLDER}/000.999.safetensors"
BLOCK = [f"{FOLDER}/000.999.{ending}" for ending in ("safetensors", "items.parquet")]


def set_rate(config):
    config["recipes"][1]["octaves"][0]["lr"] = 0.3


def said(command, **more):
    """Return what a run that cannot be finished says, and the rules of its jobs."""
    done = subprocess.run(**command, **more, stderr=subprocess.PIPE, check=False, timeout=600)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return done.stderr, [json.loads(line)["rule"] for line in lines]


def test_a_file_that_is_too_large_for_the_disk_is_named_and_made_once_there_is_room(project):
    known = project.path(IMAGES).read_bytes()
    for file in BLOCK:
        project.path(file).unlink()
    limit = len(known) // 2  # of any file: all others are smaller

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    error, jobs = said(project.command(IMAGES), preexec_fn=little_room)
    assert jobs == ["generate_images"]
    assert f"error: {IMAGES} cannot be written: File too large" in error
    assert not project.path(IMAGES).exists()
    assert [*unfinished(project.path("results"))] == []
    project.run(IMAGES)
    assert project.path(IMAGES).read_bytes() == known


def test_a_folder_that_is_a_file_is_named(project):
    """So that nothing can be made in it."""
    folder = project.path("results/small/measures")
    shutil.rmtree(folder)
    folder.write_text("")
    error, jobs = said(project.command("results/small/measures/opposites.predictions.parquet"))
    assert jobs == []
    assert "results/small/measures is a file, where a folder is needed" in error


class TestMounted:
    """Where a run may have disks of its own, as root may, and users of many machines."""

    @pytest.fixture(autouse=True)
    def alone(self):
        command = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "x", "/mnt"]
        if not shutil.which("unshare") or subprocess.run(command, check=False).returncode:
            pytest.skip("no file system can be mounted here")

    @staticmethod
    def mounted(project, how, *arguments):
        """Return the command of a run that sees another file system somewhere."""
        command = project.command(*arguments)
        words = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
        return command | {"args": [*words, f"{how} && exec {shlex.join(command['args'])}"]}

    def test_a_disk_that_is_full(self, project):
        disk = "mount -t tmpfs -o size=12k images results/small/images"
        error, jobs = said(self.mounted(project, disk, IMAGES))
        assert jobs == ["generate_images"]
        assert f"error: {IMAGES} cannot be written: No space left on device" in error

    def test_a_folder_that_may_only_be_read(self, project):
        shutil.rmtree(project.path(FOLDER))  # of files, Snakemake says it
        images = "results/small/images"
        only_read = f"mount --bind {images} {images} && mount -o remount,bind,ro {images}"
        error, jobs = said(self.mounted(project, only_read, IMAGES))
        assert jobs == []
        assert f"{FOLDER} cannot be written" in error

    def test_results_that_may_only_be_read(self, project):
        project.configure(set_rate)
        only_read = "mount --bind results results && mount -o remount,bind,ro results"
        error, jobs = said(self.mounted(project, only_read, IMAGES))
        assert jobs == []
        assert re.search(r"results/\S+ cannot be written: Read-only file system", error)
