"""What asking networks, tables and figures of pictures of classes are made from."""

from pathlib import Path

import pytest
import yaml

from preimage.study import classes
from preimage.study.configuration import checked
from preimage.study.study import Study

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
SMALL = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))
RUN = {"network": "resnet18", "recipe": "quick"}
FRAMES = {"name": "on_its_way", "code": "I2", "objective": "-A", "frames": 3, "runs": [RUN]}


def study(**changes):
    """Return the small study, changed."""
    return Study(checked(SMALL | changes, SCHEMA))


def of_set(entry, **changes):
    """Return the small study with one image set `set`, of class images unless `entry` says."""
    plain = {"name": "set", "code": "A3", "objective": "A", "runs": [RUN]}
    nothing = {key: [] for key in ("comparisons", "spaces", "inversions", "mlps")}
    networks = [entry for entry in SMALL["networks"] if "merged" not in entry["weights"]]
    asked = nothing | {"networks": networks, "image_sets": [plain | entry]}
    return study(**(asked | changes))


def test_all_judge_what_one_made_but_a_merged_network_its_own_alone():
    after = {"name": "after", "code": "B2", "objective": "A", "classes": [0]}
    runs = [RUN, {"network": "resnet18-merged", "recipe": "quick"}]
    asked = study(image_sets=[*SMALL["image_sets"], after | {"runs": runs}])
    both = ["resnet18", "squeezenet"]
    assert classes.judges_plan(asked, "after") == {
        "judges": {"resnet18": both, "resnet18-merged": [*both, "resnet18-merged"]}
    }


def test_makers_of_class_images_come_before_their_pictures_and_these_before_judges():
    plain = {"name": "set", "code": "A3", "objective": "A", "classes": [0, 1], "runs": [RUN]}
    others = plain | {"name": "others", "objective": "-A"}
    others["runs"] = [{"network": "squeezenet", "recipe": "quick"}]
    nothing = {key: [] for key in ("comparisons", "spaces", "inversions", "mlps")}
    networks = [entry for entry in SMALL["networks"] if "merged" not in entry["weights"]]
    asked = study(**(nothing | {"networks": networks, "image_sets": [plain, others]}))
    assert classes.needed_first(asked) == {
        "network": {"resnet18": 3, "squeezenet": 1},
        "image_set": {"set": 2},
    }


def test_agreement_is_not_of_frames():
    frames = FRAMES | {"classes": [0]}
    asked = study(image_sets=[*SMALL["image_sets"], frames])
    assert classes.tables_plan(asked) == {
        "class_images": ["class_images"],
        "still": ["additions", "class_images", "opposites", "subtractions"],
    }


def test_a_study_without_class_images_has_no_distances():
    asked = of_set({"objective": "-A", "classes": [0, 1]})
    assert asked.class_images == []
    assert classes.needed_first(asked) == {"network": {}, "image_set": {}}
    assert classes.tables_plan(asked) == {"class_images": [], "still": ["set"]}
    assert classes.plots_plan(asked)["networks"] == []


def test_a_figure_knows_of_its_own_look_only():
    asked = of_set({"classes": "all"}, figures={"columns": 3, "metric": "l1"})
    sheet, plots = classes.sheet_plan(asked, "set"), classes.plots_plan(asked)
    assert sheet == {"set": "set", "octaves": [["resnet18", [3]]], "style": {"columns": 3}}
    assert plots["metric"] == "l1"
    assert "columns" not in plots


def test_a_sheet_shows_the_classes_asked_for_that_its_set_has():
    def show(entry):
        asked = of_set(entry, figures={"show": ["red dotted ring", 3], "most": 9})
        return classes.sheet_plan(asked, "set")["style"]

    assert show({"classes": "all"}) == {"most": 9, "show": [2, 3]}
    assert show({"objective": "A + B", "pairs": [[0, 3]]}) == {"most": 9, "show": [3]}
    assert show({"classes": [0]}) == {"most": 9}


def test_a_network_trained_on_noise_is_in_no_figure():
    assert "noise" not in str(classes.plots_plan(study()))


def test_factors_are_drawn_of_what_should_carry_some():
    named = ["additions", "class_images", "opposites", "subtractions"]
    assert classes.sets_with_factors(study()) == named
    assert classes.sets_with_factors(of_set({"objective": "A - 3 * B", "pairs": [[0, 1]]})) == []
    untrained = [entry | {"weights": {"untrained": 1}} for entry in SMALL["networks"][:1]]
    of_names = of_set({"classes": [0]}, classes=["cat", "dog"], networks=untrained)
    assert classes.sets_with_factors(of_names) == []


@pytest.mark.parametrize(
    ("written", "plain"),
    [("A", "A"), (" -  A", "-A"), ("A  +B", "A + B"), ("1.0 * A - B", "A - B"), ("2*A", "A")],
)
def test_factors_know_an_objective_however_it_is_written(written, plain):
    asked = {"pairs": [[0, 1]]} if "B" in written else {"classes": "all"}
    plan = classes.factors_plan(of_set({"objective": written} | asked))
    assert plan["objectives"] == {"set": plain}
