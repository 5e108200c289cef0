"""What a study tells of its space of classes."""

from pathlib import Path

import pytest
import yaml

from preimage.steps.plans import read_plan
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
    assert space.claims_plan(said)["spaces"] == ["s"]  # squeezenet is untrained


def test_the_published_space_is_that_of_a_network_that_leaves_its_input_alone():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    said = Study(checked(config, SCHEMA))
    judges = {plan["judge"] for plan in space.spaces(said).values()}
    assert [said.networks[judge]["options"] for judge in judges] == [{"transform_input": False}]


def test_each_network_has_its_figures_and_each_space():
    assert set(space.figure_plans(study())) == {
        *("space/maps/s", "space/distributions/s"),
        *(
            f"space/{figure}/{network}"
            for figure in ("principal", "second_logit", "l2_distance")
            for network in ("resnet18", "squeezenet")
        ),
    }


def test_a_plan_file_keeps_the_order_of_groups(tmp_path):
    groups = {"zebras": [0], "apes": [0, 1]}
    plan = space.figure_plans(study(lambda c: c.update(groups=groups)))[
        "space/l2_distance/resnet18"
    ]
    read = read_plan(Path(write_key(tmp_path / "plan.json", plan)), tuple(plan))
    assert list(dict(read["groups"])) == list(groups)


@pytest.mark.parametrize(
    ("change", "there"),
    [
        (lambda c: None, {"map_means", "components", "space_comparison", "claims_of_space"}),
        (lambda c: c.update(spaces=[]), {"components", "space_comparison", "claims_of_space"}),
        (lambda c: c["image_sets"][0]["runs"].pop(), {"map_means", "components"}),
        (lambda c: c["image_sets"][0].update(objective="-A"), {"map_means", "claims_of_space"}),
    ],
)
def test_a_study_has_the_tables_that_it_has_pictures_for(change, there):
    def both(config):
        change(config)
        for entry in config["spaces"]:
            entry["set"] = config["image_sets"][0]["name"]

    tables = set(space.tables(study(both)))
    assert there <= tables
    every = {"map_means", "components", "space_comparison", "claims_of_space"}
    assert not (every - there - {"claims_of_space"}) & tables


def test_a_study_without_class_images_and_spaces_has_none():
    def neither(config):
        config.update(spaces=[], image_sets=config["image_sets"][1:])

    assert space.tables(study(neither)) == []
    assert space.figure_plans(study(neither)) == {}


def test_claims_are_judged_on_what_has_learnt_something():
    untrained = SPACE | {"name": "t", "network": "squeezenet"}
    plan = space.claims_plan(study(lambda c: c["spaces"].append(untrained)))
    assert plan == {"networks": ["resnet18"], "spaces": ["s"], "googlenets": []}


@pytest.mark.parametrize("key", ["networks", "spaces"])
def test_the_plan_of_claims_tells_of_inputs_that_are_gone(key):
    def gone(config):
        config["image_sets"][0]["objective"] = "-A"
        config["spaces"] = [] if key == "spaces" else [SPACE]

    assert space.claims_plan(study())[key]
    assert not space.claims_plan(study(gone))[key]


def test_published_values_are_of_torchvisions_googlenet_alone():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    said = Study(checked(config, SCHEMA))
    assert space.googlenets(said) == ["googlenet"]
    config["networks"][0]["weights"] = {"untrained": 1}
    assert space.googlenets(Study(checked(config, SCHEMA))) == []
    assert space.googlenets(study()) == []
