"""Parts of pictures are shown to a network that shares nothing with the one that made them."""

from pathlib import Path

import pytest
import yaml

from preimage.study.configuration import checked
from preimage.study.crops import crops_plan
from preimage.study.study import Study

WORKFLOW = Path(__file__).parents[2] / "workflow"


@pytest.mark.parametrize(
    ("name", "judges"),
    [("world", {"resnet18": "googlenet", "googlenet": "resnet18"}), ("untrained", {})],
)
def test_another_architecture_sees_opposites_and_class_images(name, judges):
    config = yaml.safe_load((WORKFLOW / f"{name}.yaml").read_text(encoding="utf-8"))
    runs = crops_plan(Study(checked(config, WORKFLOW / "schemas" / "config.schema.yaml")))["runs"]
    found = {(run["set"], run["network"]): run["judge"] for run in runs}
    sets = ("opposites", "class_images")
    assert found == {(s, network): judge for network, judge in judges.items() for s in sets}
