"""Plans of animations: which there are, and what they show."""

from pathlib import Path

import pytest

from preimage.blocks import frame_of
from preimage.plans import read_plan
from preimage.steps.animations import Animations
from preimage.study.animations import figure_plan, runs
from preimage.study.configuration import DEFAULTS
from preimage.study.keys import write_key
from preimage.study.study import Study

RUNS = {"runs": [{"network": name, "recipe": "quick"} for name in ("mine", "other")]}
STILL = {"name": "class_images", "code": "A3", "objective": "A", "classes": [0, 1], **RUNS}
TURN = {
    "name": "turn",
    "code": "J1",
    "objective": "(1 - t) * A + t * B",
    "pairs": [["cat", "fox"], ["dog", "cat"]],
    "frames": 3,
    "seeds": [999, 7],
    **RUNS,
}
WAY = {"name": "way", "code": "I2", "objective": "-A", "classes": ["dog"], "frames": 2, **RUNS}


def study(*image_sets, **figures):
    config = {
        "study": "test",
        "classes": ["cat", "dog", "fox"],
        "block": 1,
        "networks": [
            {"name": name, "architecture": "resnet18", "size": 32, "weights": "DEFAULT"}
            for name in ("mine", "other")
        ],
        "recipes": [{"name": "quick", "octaves": [{"size": 32, "iterations": 4, "lr": 0.1}]}],
        "image_sets": image_sets,
        "figures": figures,
    }
    return Study(DEFAULTS | config)


def animated(*image_sets, **figures):
    """Return the plan of each animation by its name."""
    plan = figure_plan(study(*image_sets, **figures))
    return {f"{a['set']}/{a['network']}/{a['item']}": a for a in plan["animations"]}


def test_a_study_without_frames_has_no_animations():
    assert animated(STILL) == {}
    assert runs(study(STILL)) == []


def test_every_target_of_every_run_with_frames_has_one():
    assert list(animated(STILL, TURN, WAY)) == [
        f"{name}/{network}/{item}"
        for name, items in (("turn", ("000+002", "001+000")), ("way", ("001",)))
        for network in ("mine", "other")
        for item in items
    ]
    assert runs(study(STILL, TURN)) == [("turn", "mine"), ("turn", "other")]


def test_the_frames_are_the_items_that_are_made_with_the_first_seed():
    asked = study(TURN)
    made = [item for block in asked.blocks("turn", "mine").values() for item in block["items"]]
    plan = animated(TURN)["turn/mine/001+000"]
    assert plan["seed"] == 7
    of_pair = [i for i in made if i["classes"] == [1, 0] and i["seed"] == 7]
    frames = [frame_of(plan["item"], number) for number in range(plan["frames"])]
    assert frames == [item["item"] for item in of_pair]


@pytest.mark.parametrize(
    ("image_set", "found"),
    [
        (TURN, ("(1 - t) * dog + t * cat", "t", [[1, "dog"], [0, "cat"]])),
        (WAY, ("-dog", "step", [[1, "dog"]])),
    ],
)
def test_a_plan_says_what_was_asked_for(image_set, found):
    *_, plan = animated(image_set).values()
    assert (plan["objective"], plan["along"], plan["classes"]) == found


def test_films_have_the_look_that_the_study_gives_animations():
    assert figure_plan(study(WAY, animations={"fps": 5}, columns=3))["look"] == {"fps": 5}
    assert figure_plan(study(WAY))["look"] == {}


def test_the_plan_is_what_the_step_reads(tmp_path):
    plan = figure_plan(study(TURN, WAY, animations={"fps": 5, "logits": [-10, 80]}))
    read = read_plan(Path(write_key(tmp_path / "plan.json", plan)), Animations)
    assert [(a.item, a.frames) for a in read.animations[:2]] == [("000+002", 3), ("001+000", 3)]
    assert read.look.logits == (-10, 80)
