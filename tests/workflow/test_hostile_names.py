"""No word of a configuration is more than a word: to a shell, to Snakemake, to a path, to HTML."""

import copy
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image
from planning import planned
from project import Project
from safetensors.torch import save_file
from snakemake.exceptions import WorkflowError
from torchvision.models import squeezenet1_1

ODD = "a b;$(touch pwned) & `touch pwned` {{ 'q' \"d\" <B>*.\\"
URL = "http://127.0.0.1:9/w-$(touch${IFS}pwned)&x;touch${IFS}pwned|`touch${IFS}pwned`{block}'\".pth"
MIRROR = "http://127.0.0.1:9/$(touch${IFS}pwned);touch${IFS}pwned&{network}'\""
CLASSES = ["$(touch pwned)", "</script><script>alert(1)</script>", "{wildcards.network}", "../../x"]
OCTAVE = {"size": 32, "iterations": 1, "lr": 0.1}
NETWORK = {"architecture": "squeezenet1_1", "size": 32}
RUNS = [{"network": name, "recipe": ODD} for name in ("net", "mine", "far")]
STUDY = {
    "study": "hostile",
    "device": "cpu",
    "mirror": MIRROR,
    "classes": {"file": f"{ODD}.txt"},
    "groups": {ODD: [0, 1], "<i>": [2]},
    "photos": [{"name": "photo", "file": f"{ODD}.png", "fit": "crop"}],
    "networks": [
        NETWORK | {"name": "net", "weights": {"untrained": 1}},
        NETWORK | {"name": "mine", "weights": {"file": f"{ODD}.safetensors"}},
        NETWORK | {"name": "far", "weights": {"url": URL, "sha256": "0" * 64}},
    ],
    "recipes": [
        {"name": ODD, "start": {"picture": "photo"}, "octaves": [OCTAVE]},
    ],
    "image_sets": [
        {"name": "images", "code": "A3", "objective": "A", "classes": "all", "runs": RUNS},
        {"name": "away", "code": "I1", "objective": "-A", "classes": CLASSES, "runs": RUNS},
        {"name": "photos", "code": "C1", "objective": "match(P)", "photos": ["photo"], "runs": RUNS}
        | {"layers": ["features.3", "logits"]},
    ],
    "comparisons": [
        {"name": "c", "code": "A1"}
        | {
            "columns": [
                {"set": "images", "network": n, "title": f"{ODD} {n}"} for n in ("net", "mine")
            ]
        }
    ],
    "mlps": [
        {"name": "m", "code": "E1", "photo": "photo", "side": 2, "widths": [2], "iterations": [1]}
    ],
    "inversions": [{"name": "i", "photo": "photo", "side": 2}],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with hostile files, which is the working directory."""
    before = Path.cwd()
    project = Project.create(tmp_path_factory.mktemp("hostile") / "project")
    os.chdir(project.folder)
    Path(f"{ODD}.txt").write_text("\n".join(CLASSES), encoding="utf-8-sig")
    Image.new("RGB", (9, 5)).save(f"{ODD}.png")
    torch.manual_seed(0)
    save_file(squeezenet1_1(num_classes=len(CLASSES)).state_dict(), f"{ODD}.safetensors")
    yield project
    os.chdir(before)


@pytest.fixture(scope="module")
def jobs(project):
    return planned(STUDY)


def test_a_shell_takes_each_word_for_what_it_is(jobs, project):
    """The words that bash gives a program are those that Python would."""
    told = r'python() { printf "%s\0" "$@"; }'
    for job in jobs:
        command = ["bash", "-c", f"{told}\n{job.command}"]
        said = subprocess.run(command, capture_output=True, check=True)
        assert said.stderr == b""
        assert said.stdout.decode().split("\0")[:-1] == shlex.split(job.command)[1:], job.rule
        assert job.given
    assert not project.path("pwned").exists()


def test_the_words_are_there_as_they_were_written(jobs):
    words = {word for job in jobs for word in shlex.split(job.command)}
    assert {URL, MIRROR, f"{ODD}.safetensors"} <= words
    inputs = {file for job in jobs for file in job.inputs}
    assert {f"{ODD}.png", f"{ODD}.safetensors"} <= inputs


def test_all_that_is_written_is_in_results(jobs):
    inside = Path("results").resolve()
    for job in jobs:
        logs = [shlex.split(job.command)[shlex.split(job.command).index("--log") + 1]]
        for file in (*job.outputs, *logs):
            assert Path(file).resolve().is_relative_to(inside), (job.rule, file)
            assert re.fullmatch(r"[\w./+=-]+", file, re.ASCII), (job.rule, file)


PLACES = [
    ("study",),
    ("networks", 0, "name"),
    ("image_sets", 0, "name"),
    ("photos", 0, "name"),
    ("comparisons", 0, "name"),
    ("mlps", 0, "name"),
    ("inversions", 0, "name"),
    ("image_sets", 2, "layers", 0),
    ("networks", 0, "architecture"),
]


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a/b", "a\nb", "", "$(x)", "a b", "{x}", "..", "é<b>"]
)
@pytest.mark.usefixtures("project")
def test_what_files_are_called_by_is_refused_where_it_could_leave_its_folder(name):
    for *path, last in PLACES:
        config = place = copy.deepcopy(STUDY)
        for key in path:
            place = place[key]
        place[last] = name
        with pytest.raises(WorkflowError, match=r"configuration, ") as caught:
            planned(config)
        assert "Traceback" not in str(caught.value)


def test_of_a_study_no_code_runs_from_its_yaml(project):
    project.path("odd.yaml").write_text(
        yaml.safe_dump(STUDY) + "groups2: !!python/object/apply:os.system ['touch pwned']\n"
    )
    with pytest.raises(WorkflowError):
        planned("odd.yaml")
    assert not project.path("pwned").exists()
