"""What the configuration says of spaces of feature maps, checked. No torch."""

from collections.abc import Mapping
from typing import Any

from preimage.errors import UserError
from preimage.study.checks.image_sets import check_knows_classes
from preimage.study.checks.names import check_named, names_of
from preimage.study.kinds import ImageSet


def check_space(
    entry: Mapping[str, Any], sets: Mapping[str, ImageSet], config: Mapping[str, Any], where: str
) -> None:
    """Raise UserError for a space of maps whose pictures or judge are not there.

    Pictures are of one class each, and the judge knows the classes.
    """
    check_named(entry["set"], sets, f"{where}: set")
    image_set = sets[entry["set"]]
    if not image_set.has_one_of_each_class:
        raise UserError(
            f"configuration, {where}: the pictures of the set {entry['set']} are not of one class "
            "each: give a set with classes and without frames"
        )
    check_named(entry["network"], image_set.runs, f"{where}: network of the set {entry['set']}")
    if "judge" in entry:
        check_named(entry["judge"], names_of(config["networks"]), f"{where}: judge")
        check_knows_classes(entry["judge"], config, where)
