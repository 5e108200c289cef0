"""What the configuration says of spaces of feature maps, checked. No torch."""

from collections.abc import Mapping
from typing import Any

from preimage.errors import UserError
from preimage.study.image_sets import Config, check_knows_classes, check_named


def check_space(entry: Mapping[str, Any], config: Config, where: str) -> None:
    """Raise UserError for a space of maps whose pictures or judge are not there.

    Pictures are of one class each, and the judge knows the classes.
    """
    check_named(entry["set"], config["image_sets"], f"{where}: set")
    image_set = next(one for one in config["image_sets"] if one["name"] == entry["set"])
    if "classes" not in image_set or "frames" in image_set:
        raise UserError(
            f"configuration, {where}: the pictures of the set {entry['set']} are not of one class "
            "each: give a set with classes and without frames"
        )
    made = [{"name": run["network"]} for run in image_set["runs"]]
    check_named(entry["network"], made, f"{where}: network of the set {entry['set']}")
    if "judge" in entry:
        check_named(entry["judge"], config["networks"], f"{where}: judge")
        check_knows_classes(entry["judge"], config, where)
