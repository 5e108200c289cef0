"""What image sets are for a study follows from what they ask, not from how they are called."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from preimage.study import classes, opposites, space
from preimage.study.configuration import checked
from preimage.study.study import Study

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
WORLD = yaml.safe_load((WORKFLOW / "world.yaml").read_text(encoding="utf-8"))
SMALL = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))
RUN = {"network": "resnet18", "recipe": "quick"}


def study(*image_sets: dict[str, Any]) -> Study:
    """Return a study of one network that makes these sets and nothing else."""
    nothing = {key: [] for key in ("comparisons", "spaces", "inversions", "mlps")}
    plain = {"code": "A3", "objective": "A", "runs": [RUN]}
    sets = [plain | entry for entry in image_sets]
    return Study(
        checked(
            SMALL | nothing | {"networks": SMALL["networks"][:1], "image_sets": sets},
            SCHEMA,
        )
    )


def renamed(config: dict[str, Any]) -> dict[str, Any]:
    """Call sets by other names, and let each be of another experiment."""
    names = {one["name"]: f"set{i:02d}" for i, one in enumerate(config["image_sets"])}
    text = re.sub(r'"set": "(\w+)"', lambda f: f'"set": "{names[f[1]]}"', json.dumps(config))
    found = json.loads(text)
    for one in found["image_sets"]:
        one |= {"name": names[one["name"]], "code": "A9"}
    return found


def roles(found: Study) -> list[object]:
    """Return who makes what, without the names of sets."""
    runs = [
        *(found.class_images, found.opposites, found.class_runs, found.still_runs),
        *(found.photo_runs, found.feature_runs, space.class_runs(found)),
    ]
    many = [
        classes.sets_with_factors(found),
        classes.needed_first(found)["network"],
        opposites.plots(found),
    ]
    return [*([network for _, network in made] for made in runs), *map(len, many)]


def test_names_and_codes_of_sets_decide_nothing():
    ours, theirs = (Study(checked(config, SCHEMA)) for config in (WORLD, renamed(WORLD)))
    assert roles(ours) == roles(theirs)
    assert [name for name, _ in theirs.class_images] == ["set00", "set00"]
    assert [name for name, _ in theirs.opposites] == ["set03", "set03"]


def test_the_class_images_are_those_of_most_classes():
    few = {"name": "few", "objective": "A", "classes": [1, 2]}
    many = {"name": "many", "objective": "1 * A", "classes": "all"}
    for sets in ((few, many), (many, few)):
        found = study(*sets)
        assert found.class_images == [("many", "resnet18")]
        assert found.opposites == []


def test_of_as_many_classes_the_first_are_the_class_images():
    found = study({"name": "one", "classes": [1, 2]}, {"name": "two", "classes": [3, 4]})
    assert found.class_images == [("one", "resnet18")]


def test_the_opposites_are_those_of_most_classes():
    less = {"objective": "-A"}
    found = study(less | {"name": "few", "classes": [1]}, less | {"name": "all", "classes": "all"})
    assert found.opposites == [("all", "resnet18")]
    assert found.class_images == []
    assert not found.has_distances


def test_one_class_has_no_distances():
    one = study({"name": "one", "classes": [4]})
    assert one.class_images == [("one", "resnet18")]
    assert not one.has_distances
    assert classes.plots_plan(one)["networks"] == []
    assert study({"name": "two", "classes": [4, 5]}).has_distances
