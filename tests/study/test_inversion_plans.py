"""What a study inverts: the plans of its networks, and what a configuration may not ask."""

from pathlib import Path

import pytest
import yaml

from preimage.errors import UserError
from preimage.study.configuration import checked
from preimage.study.inversions import DEFAULTS, inversion_plan

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
ENTRY = {"name": "inverse", "photo": "cat", "layers": [3, 1], "seeds": [2, 7]}
PHOTO = {"file": "cat.jpg", "sha256": "0" * 64}


def test_the_plan_says_all_that_decides_an_inversion():
    assert inversion_plan(ENTRY, {"cat": PHOTO}) == {
        **{key: DEFAULTS[key] for key in ("side", "samples", "noise", "descent_steps", "initial")},
        **{"inversion": "inverse", "layers": [1, 3], "seeds": [2, 7]},
        "photos": [{"name": "cat", **PHOTO}] * 2,
    }


def test_the_order_of_layers_and_seeds_does_not_matter():
    turned = {
        key: value[::-1] if isinstance(value, list) else value for key, value in ENTRY.items()
    }
    assert inversion_plan(turned, {"cat": PHOTO}) == inversion_plan(ENTRY, {"cat": PHOTO})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"photo": "cta"}, r"inversions\[0\] \(inverse\): photo 'cta' is not there"),
        ({"layer": 3}, "unknown key 'layer'.*layers"),
        ({"layers": [0]}, r"inversions\[0\]\.layers\[0\]: 0 is less than the minimum of 1"),
        ({"layers": [2, 2]}, r"inversions\[0\]\.layers: .*non-unique"),
        ({"noise": 0}, r"inversions\[0\]\.noise: 0 is less than or equal to the minimum of 0"),
        ({"samples": 1}, r"inversions\[0\]\.samples: 1 is less than the minimum of 2"),
        ({"seeds": [-1]}, r"inversions\[0\]\.seeds\[0\]: -1 is less than"),
    ],
)
def test_what_cannot_be_inverted_is_an_error(change, message):
    config = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))
    config["inversions"][0] |= change
    with pytest.raises(UserError, match=message):
        checked(config, SCHEMA)


def test_inversions_have_names_of_their_own():
    config = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))
    config["inversions"] *= 2
    with pytest.raises(UserError, match="inversions: 2 of them are called 'inverse'"):
        checked(config, SCHEMA)
