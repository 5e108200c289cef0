"""Plans of fully connected networks: shapes, curves and their names, thresholds."""

from pathlib import Path

import pytest
import yaml

from preimage.errors import UserError
from preimage.study.configuration import checked
from preimage.study.mlps import (
    experiment_plan,
    photos_of,
    shape_name,
    shapes,
    threshold_plan,
)

WORKFLOW = Path(__file__).parents[2] / "workflow"
PHOTO = {"shipped": "chelsea", "sha256": "00"}
PHOTOS = {"chelsea": PHOTO, "coffee": {"shipped": "coffee", "sha256": "01"}}
ENTRY = {"name": "e", "code": "E2", "photo": "chelsea", "widths": [30, 20], "iterations": [500]}


def test_shapes_are_given_or_every_width_at_every_depth():
    assert shapes(ENTRY | {"depths": [1, 2]}) == [[30], [20], [30, 30], [20, 20]]
    assert shapes({"shapes": [[20, 40]]}) == [[20, 40]]


@pytest.mark.parametrize(
    ("widths", "name"),
    [([3000], "3000"), ([3000] * 4, "3000x4"), ([20, 40], "20-40"), ([20, 40, 40], "20-40-40")],
)
def test_a_shape_has_a_name(widths, name):
    assert shape_name(widths) == name


def names(plan):
    return [f"{curve['shape']}.{curve['iterations']}" for curve in plan["curves"]]


def test_curves_are_the_same_in_whatever_order_they_are_asked_for():
    entry = ENTRY | {"widths": [20, 30], "iterations": [500, 90], "depths": [2, 1], "seeds": [2, 1]}
    turned = {key: v[::-1] if isinstance(v, list) else v for key, v in entry.items()}
    found = experiment_plan(entry, PHOTOS)
    assert names(found) == [f"{s}.{n}" for s in ("20", "30", "20x2", "30x2") for n in (90, 500)]
    assert found == experiment_plan(turned, PHOTOS)


def test_a_width_or_a_number_of_iterations_added_leaves_the_other_curves_alone():
    known = experiment_plan(ENTRY, PHOTOS)
    more = experiment_plan(ENTRY | {"widths": [20, 25, 30], "iterations": [500, 900]}, PHOTOS)
    assert len(more["curves"]) == 6
    assert [curve for curve in more["curves"] if curve in known["curves"]] == known["curves"]
    assert {**more, "curves": known["curves"]} == known


def test_the_plan_of_an_experiment_says_all_that_decides_it():
    plan = experiment_plan(ENTRY, PHOTOS)
    assert plan["photos"] == [{"name": "chelsea", **PHOTO}] * 3
    assert plan["curves"][0] == {"shape": "20", "widths": [20], "iterations": 500}
    assert (plan["relu"], plan["lr"], plan["scale"]) == ("never", [0.1, 0.0001], 0.35)
    assert plan["side"] == 29
    assert "complete" not in experiment_plan(ENTRY | {"complete": 0.1}, PHOTOS)


def test_thresholds_are_those_of_the_experiments_that_have_one():
    assert threshold_plan([ENTRY, ENTRY | {"name": "f", "complete": 0.1}]) == {"f": 0.1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"photo": "chelsa"}, r"mlps\[0\] \(e\): photo 'chelsa' is not there \(did you mean"),
        ({"shapes": [[20, 40]]}, r"mlps\[0\]: .*none of the forms allowed here: widths"),
        ({"widths": []}, r"mlps\[0\]\.widths: "),
        ({"widths": [20, 20]}, r"mlps\[0\]\.widths: .*non-unique"),
        ({"relu": "often"}, r'mlps\[0\]\.relu: "often" is none of never, between, always'),
        ({"lr": [0.1, 0]}, r"mlps\[0\]\.lr\[1\]: 0 is less than or equal to the minimum of 0"),
        ({"complete": 2}, r"mlps\[0\]\.complete: 2 is greater than"),
        ({"depth": [2]}, r"mlps\[0\]: unknown key 'depth' \(did you mean depths"),
    ],
)
def test_mistakes_in_an_experiment_are_told(changes, message):
    config = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))
    with pytest.raises(UserError, match=message):
        checked(config | {"mlps": [ENTRY | changes]}, WORKFLOW / "schemas" / "config.schema.yaml")


def test_a_needed_width_is_that_of_equal_layers():
    config = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))
    entry = {key: value for key, value in ENTRY.items() if key != "widths"}
    entry |= {"shapes": [[20, 40]], "complete": 0.1}
    with pytest.raises(UserError, match="'widths' is a dependency of 'complete'"):
        checked(config | {"mlps": [entry]}, WORKFLOW / "schemas" / "config.schema.yaml")


def test_photos_go_with_the_seeds_as_these_are_written():
    entry = ENTRY | {"photo": ["coffee", "chelsea"], "seeds": [7, 3]}
    plan = experiment_plan(entry, PHOTOS)
    assert plan["seeds"] == [3, 7]
    assert [photo["name"] for photo in plan["photos"]] == ["chelsea", "coffee"]
    assert photos_of(ENTRY) == ["chelsea"]
