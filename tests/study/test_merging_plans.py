"""Merged networks: what they learn from, who judges, which pictures show what came of it."""

import copy
from pathlib import Path

import yaml

from preimage.study.configuration import checked
from preimage.study.merging import claims_plan, learnt_blocks, picture_runs
from preimage.study.study import Study

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
SMALL = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))
SMALL["networks"] = [one for one in SMALL["networks"] if "merged" not in one["weights"]]

IMAGES = {"set": "class_images", "network": "squeezenet"}
MERGED = {"network": "resnet18", "toward": "squeezenet", "images": IMAGES}


def entry(name="new", **changes):
    return {"name": name, "weights": {"merged": MERGED | changes}}


def study(*networks, image_sets=()):
    config = copy.deepcopy(SMALL)
    config["networks"] += networks
    config["image_sets"] += image_sets
    return Study(checked(config, SCHEMA))


def of(name="made", objective="A", classes=(0, 5), network="new", recipe="quick"):
    """Return an image set of class images."""
    runs = [{"network": network, "recipe": recipe}]
    asked = {"objective": objective, "classes": list(classes), "runs": runs}
    return {"name": name, "code": "B2"} | asked


def test_a_merged_network_judges_its_own_pictures_only():
    both = study(entry(), image_sets=[of()])
    assert both.judges == ["resnet18", "squeezenet"]
    assert both.judges_of("new") == ["resnet18", "squeezenet", "new"]
    assert both.judges_of("resnet18") == both.judges


def test_a_merged_network_learns_from_the_blocks_that_have_its_classes():
    blocks = study(entry()).blocks("class_images", "squeezenet")
    assert list(blocks) == ["000.999", "001.999"]
    assert learnt_blocks(blocks, None) == list(blocks)
    assert learnt_blocks(blocks, [5]) == ["001.999"]
    assert learnt_blocks(blocks, [0, 1]) == ["000.999"]


def test_its_class_images_are_compared_with_those_of_the_network_that_it_started_from():
    """Only where both sets ask for a class in the same manner."""
    sets = [
        of("made"),
        of("lowered", "-A"),
        of("otherwise", recipe="slow"),
        of("from_origin", network="resnet18", recipe="slow"),
        of("from_other", network="squeezenet", recipe="slow"),
        of("again", network="resnet18"),
    ]
    made = study(entry(), entry("silent"), image_sets=sets)
    assert claims_plan(made)["pictures"] == [
        {
            "network": "new",
            "origin": "resnet18",
            "set": "made",
            "origin_sets": ["class_images", "again"],
        },
        {
            "network": "new",
            "origin": "resnet18",
            "set": "otherwise",
            "origin_sets": ["from_origin"],
        },
    ]
    assert picture_runs(made) == [
        *(("made", "new"), ("otherwise", "new")),
        *((name, "resnet18") for name in ("class_images", "again", "from_origin")),
    ]
    assert claims_plan(study())["pictures"] == []


def test_only_networks_that_have_learnt_something_judge():
    """Squeezenet keeps its first weights; it makes class images, so elsewhere it has a say."""
    assert study().judges == ["resnet18", "squeezenet"]
    assert claims_plan(study())["judges"] == ["resnet18"]
