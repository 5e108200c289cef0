"""Plans of representation by depth: what networks are, and which runs a figure shows."""

import pytest

from preimage.study.configuration import DEFAULTS
from preimage.study.depth import figure_plans, runs_plan, sheet_runs, shown
from preimage.study.study import Study

NOISE = {"trained": {"data": "noise", "labels": 100}}
WEIGHTS = {"mine": "IMAGENET1K_V1", "new": {"untrained": 1}, "noise": NOISE}


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for photo in ("dog", "cup"):
        (tmp_path / f"{photo}.png").write_bytes(photo.encode())
    octave = {"size": 64, "iterations": 2, "lr": 0.1}
    raw = {"code": "C1", "objective": "match(P)", "layers": ["layer1", "layer4"]}
    config = {
        "study": "test",
        "classes": ["cat", "dog"],
        "photos": [{"name": name, "file": f"{name}.png"} for name in ("dog", "cup")],
        "networks": [
            {"name": name, "architecture": "resnet50", "size": 64, "weights": weights}
            for name, weights in WEIGHTS.items()
        ]
        + [{"name": "small", "architecture": "resnet18", "size": 64, "weights": NOISE}],
        "recipes": [
            {"name": "blurred", "octaves": [octave, octave | {"sigma": [2.4, 0.4]}]},
            {"name": "raw", "octaves": [octave]},
        ],
        "image_sets": [
            {"name": "class_images", "code": "A3", "objective": "A", "classes": [0]}
            | {"runs": [{"network": "mine", "recipe": "raw"}]},
            {"name": "first", "photos": ["dog", "cup"], **raw}
            | {"runs": [{"network": name, "recipe": "blurred"} for name in WEIGHTS]},
            {"name": "second", "photos": ["dog"], **raw}
            | {"runs": [{"network": name, "recipe": "raw"} for name in ("mine", "small")]},
        ],
    }
    return Study(DEFAULTS | config)


def test_runs_say_what_their_networks_are_and_whether_they_blur(study):
    found = [(r["set"], r["network"], r["state"], r["blur"]) for r in runs_plan(study)]
    assert found == [
        ("first", "mine", "trained", True),
        ("first", "new", "untrained", True),
        ("first", "noise", "noise", True),
        ("second", "mine", "trained", False),
        ("second", "small", "noise", False),
    ]


def test_a_sheet_shows_all_runs_of_its_architecture_that_have_the_photo(study):
    assert shown(study) == [("resnet50", "dog"), ("resnet50", "cup"), ("resnet18", "dog")]
    assert sheet_runs(study, "resnet50", "cup") == [
        *(("first", "mine"), ("first", "new"), ("first", "noise"))
    ]
    assert sheet_runs(study, "resnet18", "dog") == [("second", "small")]
    plan = figure_plans(study)["depth/reconstructions/resnet50.dog"]
    assert plan["rows"][-1]["title"] == "mine · resnet50, trained, without blur"
    assert plan["photo"]["file"] == "dog.png"


def test_each_set_has_its_figures_and_all_sets_one(study):
    plans = figure_plans(study)
    assert {run["set"] for run in plans["depth/distances"]["runs"]} == {"first", "second"}
    for kind in ("gradients", "trajectories"):
        assert {run["set"] for run in plans[f"depth/{kind}/second"]["runs"]} == {"second"}
        assert f"depth/{kind}/class_images" not in plans
