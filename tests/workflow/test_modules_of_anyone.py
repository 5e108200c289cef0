"""A study of a network that the user wrote, from its module to its pictures, and anew."""

import json

import pytest
import yaml
from project import STUDY, Project

BLOCKS = """
from torch import nn


def body(width):
    return nn.Sequential(nn.Conv2d(3, width, 3, stride=2), nn.BatchNorm2d(width), nn.ReLU())
"""
NETS = """
from torch import nn

from parts.blocks import body


class Small(nn.Module):
    def __init__(self, classes, width=8):
        super().__init__()
        self.body = body(width)
        self.head = nn.Linear(width, classes)

    def forward(self, images):
        features = self.body(images).mean((2, 3))
        if images.shape[0] > 0:  # which no trace can tell
            return {"features": features, "logits": self.head(features)}


def parallel(classes):
    return nn.DataParallel(Small(classes))
"""
MODULE = "nets:parallel"
NETWORK = {"name": "mine", "module": MODULE, "arguments": {"classes": 3}, "output": "logits"}
NETWORK |= {"input": {"range": [0, 255], "channels": "BGR"}, "size": 32}
NETWORK |= {"weights": {"untrained": 1}}
RUN = {"network": "mine", "recipe": "quick"}
CONFIG = {
    "study": "own",
    "device": "cpu",
    "threads": 1,
    "classes": ["cat", "dog", "hen"],
    "networks": [
        NETWORK,
        NETWORK | {"name": "other", "weights": {"untrained": 2}},
        {
            "name": "merged",
            "weights": {
                "merged": {
                    "network": "mine",
                    "toward": "other",
                    "images": {"set": "class_images", "network": "mine"},
                    "steps": 2,
                }
            },
        },
    ],
    "recipes": [{"name": "quick", "octaves": [{"size": 32, "iterations": 3, "lr": 0.1}]}],
    "image_sets": [
        {"name": "class_images", "code": "A3", "objective": "A", "classes": "all", "runs": [RUN]},
        {"name": "photos", "code": "C1", "objective": "match(P)", "photos": ["chelsea"]}
        | {"layers": ["body.0", "logits"], "runs": [RUN]},
    ],
}


@pytest.fixture
def project(tmp_path):
    made = Project.create(tmp_path / "project")
    made.path("nets.py").write_text(NETS)
    made.path("parts").mkdir()
    made.path("parts/blocks.py").write_text(BLOCKS)
    made.path("parts/unused.py").write_text("A = 1\n")
    made.path(STUDY).write_text(yaml.safe_dump(CONFIG))
    return made


def test_a_network_of_the_users_makes_a_study(project):
    project.run("--cores", "1")
    file = project.path("results/own/networks/merged.safetensors")
    about = json.loads(file.with_suffix(".json").read_text())
    assert (about["module"], about["arguments"]) == (MODULE, {"classes": 3})
    assert about["output"] == "logits"
    assert (about["input"]["range"], about["input"]["channels"]) == ([0, 255], "BGR")
    for result in ("tables/predictions.parquet", "figures/sheets/class_images.png"):
        assert project.path(f"results/own/{result}").is_file()
    assert project.planned() == {}
    project.append("parts/unused.py", "B = 1\n")
    assert project.planned() == {}
    project.edit("parts/blocks.py", "nn.ReLU()", "nn.ELU()")
    planned = set(project.planned())
    assert {"build_network mine", "build_network other", "merge_network merged"} <= planned
    assert "generate_images class_images/mine/000.999" in planned


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arguments": {"classes": 4}}, "network mine: nets:parallel gives 4 outputs of a picture"),
        ({"module": "nats:parallel"}, "network mine: there is no module 'nats', neither in the"),
        ({"module": "nets:serial"}, "network mine: nets:serial: module 'nets' has no attribute"),
        ({"output": "logit"}, "network mine: nets:parallel: the network returns no tensor 'logit'"),
    ],
)
def test_what_is_wrong_with_it_is_told_by_a_dry_run(project, change, message):
    project.configure(lambda config: config["networks"][0].update(change))
    said = project.mistake("-n")
    assert f"configuration, {message}" in said
    assert "Traceback" not in said


def test_images_that_weights_do_not_expect_are_told_and_planned(project):
    told = {"mean": [0.5] * 3, "std": [0.5] * 3}
    project.append("nets.py", f"\n\nSmall.pretrained_cfg = {told}\n")
    weights = {"url": "https://example.org/w.pth", "sha256": "0" * 64}
    project.configure(lambda config: config["networks"][0].update(weights=weights))
    done = project.ended("-n")
    assert done.returncode == 0
    assert done.stderr.count("warning: network mine: its weights were trained on images") == 1
