"""What the README shows works."""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import torchvision
import yaml
from PIL import Image

from preimage.study.configuration import checked

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


CODE = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("study", ["mine", "depth"])
def test_its_studies_are_some(tmp_path, monkeypatch, study):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (8, 8)).save("dog.jpg")
    Path("names.txt").write_text("\n".join(["cat", *map(str, range(9))]), encoding="utf-8")
    Path("mine.pth").touch()
    (block,) = re.findall(rf"^    study: {study}$.*?\n\n", README, re.MULTILINE | re.DOTALL)
    checked(yaml.safe_load(dedent(block)), ROOT / "workflow" / "schemas" / "config.schema.yaml")


def test_its_python_runs(monkeypatch):
    """The same without downloading, and with few steps."""
    code, _ = CODE
    real = torchvision.models.get_model
    monkeypatch.setattr(torchvision.models, "get_model", lambda name, weights: real(name))
    found = {}
    exec(code.replace("iterations=200", "iterations=2"), found)
    assert [preimage.image.shape for preimage in found["found"]] == [(3, 224, 224)] * 4


def test_the_step_that_it_shows_is_one():
    assert CODE[1] in (ROOT / "src/preimage/steps/networks.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words", re.findall(r"^    python -m preimage (.+?)(?: +#.*)?$", README, re.M)
)
def test_its_commands_of_steps_run(words):
    command = [sys.executable, "-m", "preimage", *words.split()]
    assert subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:workflow|src|profiles)/[\w/.]+)`", README)))
)
def test_what_it_names_is_there(path):
    assert (ROOT / path).exists()
