"""Studies with merged networks, made from the small one."""

import copy
from pathlib import Path

import yaml

from preimage.study.configuration import checked
from preimage.study.study import Study

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
SMALL = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))
SMALL["networks"] = [one for one in SMALL["networks"] if "merged" not in one["weights"]]

IMAGES = {"set": "class_images", "network": "squeezenet"}
MERGED = {"network": "resnet18", "toward": "squeezenet", "images": IMAGES}


def entry(name="new", **changes):
    return {"name": name, "weights": {"merged": MERGED | changes}}


def study(*networks, image_sets=(), **changes):
    config = copy.deepcopy(SMALL) | changes
    config["networks"] += networks
    config["image_sets"] += image_sets
    return Study(checked(config, SCHEMA))


def of(name="made", objective="A", classes=(0, 5), network="new", recipe="quick"):
    """Return an image set of class images."""
    runs = [{"network": network, "recipe": recipe}]
    asked = {"objective": objective, "classes": list(classes), "runs": runs}
    return {"name": name, "code": "B2"} | asked
