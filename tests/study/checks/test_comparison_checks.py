"""Which mistakes in comparisons are found before anything runs."""

from pathlib import Path

import pytest
import yaml

from preimage.errors import UserError
from preimage.study.configuration import checked

WORKFLOW = Path(__file__).parents[3] / "workflow"
SMALL = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))
RUNS = [{"network": "resnet18", "recipe": "quick"}]
SETS = [
    {"name": "both", "code": "A1", "objective": "A + squeezenet@32:A", "classes": [0, 5, 7]},
    {"name": "elsewhere", "code": "A1", "objective": "A", "classes": [9]},
    {"name": "moving", "code": "I2", "objective": "A", "classes": [0], "frames": 3},
]
OURS = {"set": "class_images", "network": "resnet18"}
THEIRS = {"set": "class_images", "network": "squeezenet", "title": "theirs"}
SUMS = {"set": "additions", "network": "resnet18"}
DIFFERENCES = {"set": "subtractions", "network": "resnet18"}


def of(name, **more):
    return {"set": name, "network": "resnet18", **more}


def check(*columns):
    config = SMALL | {"comparisons": [{"name": "c", "code": "A1", "columns": list(columns)}]}
    config["image_sets"] = [*SMALL["image_sets"], *(entry | {"runs": RUNS} for entry in SETS)]
    return checked(config, WORKFLOW / "schemas" / "config.schema.yaml")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([OURS], r"comparisons\[0\]\.columns: .* too short"),
        ([OURS, of("clas_images")], r"columns\[1\]: image set 'clas_images'.*mean class_images"),
        (
            [OURS, of("both") | {"network": "squeezenet"}],
            r"\(c\)\.columns\[1\]: among the runs of both, network 'squeezenet' is not there",
        ),
        ([OURS, of("reconstructions")], "reconstructions has photos: give a set"),
        ([OURS, of("moving")], "moving has frames: give a set"),
        ([OURS, THEIRS | {"of": "A"}], r"columns\[1\]: of is for a set of classes beside one of"),
        ([SUMS, DIFFERENCES | {"of": "A"}], r"columns\[1\]: of is for a set of classes"),
        ([SUMS, OURS], r"columns\[1\]: the rows are pairs: .* of: A or of: B"),
        ([OURS, THEIRS, OURS], "2 columns have the title 'resnet18 · class_images'"),
        ([OURS, of("elsewhere")], "no class or pair and seed in common"),
        ([SUMS, of("elsewhere", of="A")], "no class or pair and seed in common"),
        ([OURS, THEIRS | {"of": "C"}], r"columns\[1\]\.of: \"C\" is none of A, B"),
    ],
)
def test_columns_that_cannot_stand_side_by_side_are_an_error(columns, message):
    with pytest.raises(UserError, match=message):
        check(*columns)
