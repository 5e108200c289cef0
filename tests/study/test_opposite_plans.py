"""What the tables and figures of opposites are made from."""

from pathlib import Path

import pytest
import yaml

from preimage.errors import UserError
from preimage.study.configuration import checked
from preimage.study.opposites import claims_plan, groups_plan, plots
from preimage.study.study import Study

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
SMALL = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))


def study(**changes):
    return Study(checked(SMALL | changes, SCHEMA))


def test_a_study_has_figures_of_the_networks_that_make_opposites():
    assert plots(study()) == ["opposite_graphs/resnet18", "opposite_groups/resnet18"]
    assert plots(study(groups={})) == ["opposite_graphs/resnet18"]


def test_a_study_without_opposites_has_none():
    sets = [entry for entry in SMALL["image_sets"] if entry["name"] != "opposites"]
    assert plots(study(image_sets=sets)) == []


def test_claims_are_told_what_the_sets_are_called_and_breeds_where_there_are_dogs():
    plan = claims_plan(study())
    assert (plan["opposites"], plan["class_images"]) == ("opposites", "class_images")
    assert plan["breeds"] == []


def test_the_plan_has_the_groups_that_were_given_in_their_order():
    assert groups_plan(study(groups={"few": [[3, 1 + 3], 0]})) == {"groups": [["few", [0, 3, 4]]]}
    names = [name for name, _ in groups_plan(study())["groups"]]
    assert names[:5] == ["ring", "square", "triangle", "star", "red"]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ("factors", 'configuration, groups: "factors" is none of the forms .*imagenet, demo'),
        ({"few": []}, "configuration, groups.few: .*non-empty"),
        ({"few": [[1, 2, 3]]}, r"configuration, groups.few\[0\]"),
        ({"few": [36]}, "configuration, groups.few: there is no class 36"),
        ("imagenet", "configuration, groups: imagenet is for classes: imagenet"),
    ],
)
def test_groups_that_cannot_be_are_refused(groups, message):
    with pytest.raises(UserError, match=message):
        study(groups=groups)
