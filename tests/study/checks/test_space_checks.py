"""Which mistakes in spaces of feature maps are found before anything runs."""

from pathlib import Path

import pytest
import yaml

from preimage.errors import UserError
from preimage.study.configuration import checked

WORKFLOW = Path(__file__).parents[3] / "workflow"
SPACE = {"name": "s", "code": "L1", "set": "class_images", "network": "resnet18", "layer": "layer4"}
SPACE |= {"maps": [0, 4]}


def check(*spaces):
    config = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))
    return checked(config | {"spaces": list(spaces)}, WORKFLOW / "schemas" / "config.schema.yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"set": "class_image"},
            r"spaces\[0\] \(s\): set 'class_image' is not there.*class_images",
        ),
        ({"network": "squeeze"}, r"network of the set class_images 'squeeze' is not there"),
        ({"network": "resnet18-noise"}, "network of the set class_images 'resnet18-noise' is not"),
        ({"judge": "squeeze"}, r"spaces\[0\] \(s\): judge 'squeeze' is not there.*squeezenet"),
        ({"judge": "resnet18-noise"}, "resnet18-noise is trained on noise and knows no classes"),
        ({"set": "additions"}, "pictures of the set additions are not of one class each"),
        ({"set": "reconstructions"}, "pictures of the set reconstructions are not of one class"),
        ({"maps": [0]}, r"spaces\[0\]\.maps"),
        ({"maps": [0, -1]}, r"spaces\[0\]\.maps\[1\]"),
        ({"map": [0, 1]}, "unknown key 'map'"),
        ({"batch_norm": "no"}, r"spaces\[0\]\.batch_norm"),
    ],
)
def test_mistakes_in_a_space_are_told(change, message):
    with pytest.raises(UserError, match=message):
        check(SPACE | change)


def test_two_spaces_of_one_name_are_an_error():
    with pytest.raises(UserError, match="2 of them are called 's'"):
        check(SPACE, SPACE)
