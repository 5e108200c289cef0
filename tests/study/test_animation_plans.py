"""Plans of animations: which there are, and what they show."""

import pytest

from preimage.study.animations import animation_plans
from preimage.study.configuration import DEFAULTS
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


def test_a_study_without_frames_has_no_animations():
    assert animation_plans(study(STILL)) == {}


def test_every_target_of_every_run_with_frames_has_one():
    plans = animation_plans(study(STILL, TURN, WAY))
    assert list(plans) == [
        f"{name}/{network}/{item}"
        for name, items in (("turn", ("000+002", "001+000")), ("way", ("001",)))
        for network in ("mine", "other")
        for item in items
    ]
    for name, plan in plans.items():
        assert name == f"{plan['set']}/{plan['network']}/{plan['item']}"


def test_the_frames_are_the_items_that_are_made_with_the_first_seed():
    asked = study(TURN)
    made = [item for block in asked.blocks("turn", "mine").values() for item in block["items"]]
    plan = animation_plans(asked)["turn/mine/001+000"]
    assert plan["seed"] == 7
    of_pair = [i for i in made if i["classes"] == [1, 0] and i["seed"] == 7]
    assert plan["items"] == [item["item"] for item in of_pair]


@pytest.mark.parametrize(
    ("image_set", "found"),
    [
        (TURN, ("(1 - t) * dog + t * cat", "t", [[1, "dog"], [0, "cat"]])),
        (WAY, ("-dog", "step", [[1, "dog"]])),
    ],
)
def test_a_plan_says_what_was_asked_for(image_set, found):
    plans = animation_plans(study(image_set))
    *_, plan = plans.values()
    assert (plan["objective"], plan["along"], plan["classes"]) == found


def test_a_plan_has_the_look_that_the_study_gives_animations():
    plans = animation_plans(study(WAY, animations={"fps": 5}, columns=3))
    assert plans["way/mine/001"]["look"] == {"fps": 5}
    assert animation_plans(study(WAY))["way/mine/001"]["look"] == {}
