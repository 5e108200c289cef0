"""What a study tells of its space of classes."""

from pathlib import Path

import yaml

from preimage.measures.space import neighbours
from preimage.plans import read_plan
from preimage.steps.measure_axes import Spaces
from preimage.steps.space import ClassSpace
from preimage.study import space
from preimage.study.configuration import checked
from preimage.study.keys import write_key
from preimage.study.study import Study

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
SPACE = {"name": "s", "code": "L1", "set": "class_images", "network": "resnet18", "layer": "layer4"}
SPACE |= {"maps": [0, 4]}


def study(change=lambda config: None):
    config = yaml.safe_load((ROOT / "workflow" / "small.yaml").read_text())
    config |= {"spaces": [dict(SPACE)], "comparisons": []}  # these need class images
    config["networks"] = [n for n in config["networks"] if "merged" not in n["weights"]]  # so too
    change(config)
    return Study(checked(config, SCHEMA))


def test_a_space_keeps_its_batch_norms_unless_told_otherwise():
    said = study(lambda c: c["spaces"].append(SPACE | {"name": "t", "batch_norm": False}))
    plans = space.spaces(said)
    assert {name: plan["batch_norm"] for name, plan in plans.items()} == {"s": True, "t": False}
    checks = space.checks(said)
    assert [check["side"] for check in checks] == [32, 32]
    assert [check["where"] for check in checks] == ["space s", "space t"]


def test_maps_are_those_of_any_network_that_knows_the_classes():
    said = study(lambda c: c["spaces"].append(SPACE | {"name": "t", "judge": "squeezenet"}))
    plans = space.spaces(said)
    assert [plan["network"] for plan in plans.values()] == ["resnet18", "resnet18"]
    assert [plan["judge"] for plan in plans.values()] == ["resnet18", "squeezenet"]
    assert [check["network"] for check in space.checks(said)] == ["resnet18", "squeezenet"]


def test_the_published_space_is_that_of_a_network_that_leaves_its_input_alone():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    said = Study(checked(config, SCHEMA))
    judges = {plan["judge"] for plan in space.spaces(said).values()}
    assert [said.networks[judge]["options"] for judge in judges] == [{"transform_input": False}]


def test_kinds_of_neighbours_have_folders_in_the_order_of_the_step():
    assert list(space.KINDS.values()) == list(neighbours.KINDS)


def test_figures_show_each_network_and_each_space():
    plan = space.space_plan(study())
    assert plan["networks"] == ["resnet18", "squeezenet"]
    assert [entry["space"] for entry in plan["spaces"]] == ["s"]
    assert space.pictured_runs(study()) == [
        ("class_images", "resnet18"),
        ("class_images", "squeezenet"),
    ]


def test_axes_are_measured_once_for_spaces_of_the_same_pictures_and_judge():
    others = [SPACE | {"name": "t", "batch_norm": False}]
    others += [SPACE | {"name": name, "judge": "squeezenet"} for name in ("u", "v")]
    others += [SPACE | {"name": "w", "set": "opposites"}]
    said = study(lambda c: c["spaces"].extend(others))
    assert space.axes_judges(said) == ["resnet18", "squeezenet"]
    assert space.axes_runs(said) == [("class_images", "resnet18"), ("opposites", "resnet18")]
    assert ("opposites", "resnet18") in space.pictured_runs(said)


def test_the_plans_are_what_the_steps_read(tmp_path):
    groups = {"zebras": [0], "apes": [0, 1]}
    said = study(lambda c: c.update(groups=groups))
    axes = Path(write_key(tmp_path / "axes.json", space.axes_plan(said)))
    assert read_plan(axes, Spaces).spaces[0].maps == [0, 4]
    whole = Path(write_key(tmp_path / "space.json", space.space_plan(said)))
    read = read_plan(whole, ClassSpace)
    assert list(dict(read.groups)) == list(groups)  # in their order
    assert read.runs == [("class_images", "resnet18"), ("class_images", "squeezenet")]


def test_a_study_without_class_images_and_spaces_has_nothing():
    def neither(config):
        config.update(spaces=[], image_sets=config["image_sets"][1:])

    plan = space.space_plan(study(neither))
    assert plan["spaces"] == plan["networks"] == []
    assert space.pictured_runs(study(neither)) == []


def test_claims_are_told_the_groups_and_who_takes_the_input_as_it_is():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    plan = space.claims_plan(Study(checked(config, SCHEMA)))
    assert plan["imagenet"]
    assert "googlenet-hidden" in plan["as_it_is"]
    assert not {"googlenet", "resnet50"} & {*plan["as_it_is"]}
    small = space.claims_plan(study())
    assert (small["imagenet"], small["as_it_is"]) == (False, [])
    assert small["groups"][0][0] == "ring"


def test_pixels_are_those_of_class_images():
    assert space.pixels_plan(study())["runs"] == [list(run) for run in space.class_runs(study())]
