"""Which families of claims a study has something to settle by."""

from pathlib import Path

import msgspec
import pytest
import yaml

from preimage.steps.claims import Claims
from preimage.study.claims import claims_plan
from preimage.study.configuration import checked
from preimage.study.study import Study

WORKFLOW = Path(__file__).parents[2] / "workflow"
OF_CLASSES = ["opposites", "depth", "comparisons", "merging", "fully_connected", "space"]
ALL = ["makers", *OF_CLASSES, "features", "feature_maps"]


@pytest.mark.parametrize(
    ("name", "families"),
    [
        ("world", ALL),
        ("small", ALL[:-2]),
        ("untrained", ["makers", "depth", "fully_connected"]),
    ],
)
def test_a_family_is_in_the_plan_where_the_study_has_something_of_it(name, families):
    config = yaml.safe_load((WORKFLOW / f"{name}.yaml").read_text(encoding="utf-8"))
    plan = claims_plan(Study(checked(config, WORKFLOW / "schemas" / "config.schema.yaml")))
    assert list(plan) == families
    assert msgspec.convert(msgspec.to_builtins(plan), Claims).makers
