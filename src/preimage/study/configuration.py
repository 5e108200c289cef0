"""The configuration of a study, read and checked before anything runs. No torch."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from preimage.errors import UserError, unknown_key
from preimage.networks.classes import class_index, class_names
from preimage.networks.packages import package_file
from preimage.networks.world import World
from preimage.photo_files import SHIPPED, decoded, photo_file
from preimage.study import mlps
from preimage.study.checks.builders import check_builder
from preimage.study.checks.comparisons import check_comparison, check_feature_comparison
from preimage.study.checks.image_sets import check_image_set
from preimage.study.checks.merging import with_origins
from preimage.study.checks.names import check_named, check_unique, names_of, recipe_named
from preimage.study.checks.sizes import check_sizes
from preimage.study.checks.spaces import check_space
from preimage.study.groups import default_groups, read_groups
from preimage.study.kinds import image_sets
from preimage.study.reading import check_values
from preimage.study.sources import is_merged, is_trained, learns_noise

Config = Mapping[str, Any]

DEFAULTS = {
    "device": "auto",
    "batch": 8,
    "block": 50,
    "threads": 2,
    "mirror": None,
    "photos": [],
    "networks": [],
    "recipes": [],
    "image_sets": [],
    "mlps": [],
    "inversions": [],
    "spaces": [],
    "comparisons": [],
    "feature_comparisons": [],
    "figures": {},
}

_VARIABLE = re.compile(r"<[a-z][a-z0-9_]*>|\{[^{}]*\}")  # of Snakemake's paths; nothing quotes one

_NAMED = (
    *("photos", "networks", "recipes", "image_sets"),
    *("mlps", "inversions", "comparisons", "feature_comparisons", "spaces"),
)


def checked(config: Config, schema: Path) -> dict[str, Any]:
    """Return `config` with its defaults filled in.

    Raises UserError, naming key, value and what would be right, for what the JSON Schema in
    `schema` forbids and for what no schema can see: names that nothing bears, classes that do not
    exist, files that cannot be read.
    """
    check_values(config)
    _check_old_keys(config)
    _check_schema(config, schema)
    whole = DEFAULTS | {"groups": default_groups(config["classes"])} | dict(config)
    whole["photos"] = _with_shipped(whole["photos"])
    for key in _NAMED:
        check_unique(names_of(whole[key]), key + ": {count} of them are called {name}")
    _check_files(whole)
    for recipe in whole["recipes"]:
        recipe_named(recipe["name"], whole)
    names = class_names(whole["classes"])
    read_groups(whole["groups"], names)
    _check_trained(whole, names)
    sets = image_sets(whole["image_sets"], names)
    for i, one in enumerate(sets.values()):
        check_image_set(one, sets, whole, f"image_sets[{i}] ({one.name})")
    whole["networks"] = with_origins(whole, sets)
    for key in ("mlps", "inversions"):
        for i, entry in enumerate(whole[key]):
            _check_photos(entry, names_of(whole["photos"]), f"{key}[{i}] ({entry['name']})")
    for i, entry in enumerate(whole["comparisons"]):
        check_comparison(entry, sets, f"comparisons[{i}] ({entry['name']})")
    for i, entry in enumerate(whole["spaces"]):
        check_space(entry, sets, whole, f"spaces[{i}] ({entry['name']})")
    for i, entry in enumerate(whole["feature_comparisons"]):
        check_feature_comparison(entry, sets, f"feature_comparisons[{i}] ({entry['name']})")
    for i, item in enumerate(whole["figures"].get("show", [])):
        class_index(item, names, f"figures.show[{i}]")
    check_sizes(whole, sets)
    return whole


def _check_photos(entry: Config, names: Sequence[str], where: str) -> None:
    """Check the photos of a fully connected network: one, or one for each seed."""
    photos = mlps.photos_of(entry)
    for name in photos:
        check_named(name, names, f"{where}: photo")
    seeds = entry.get("seeds", mlps.DEFAULTS["seeds"])
    if len(photos) not in (1, len(seeds)):
        raise UserError(
            f"{where}: there are {len(photos)} photos for {len(seeds)} seeds: write one photo, or "
            "one for each seed"
        )


def _check_old_keys(config: Config) -> None:
    if "atlas" in config:
        raise UserError(
            "configuration, atlas: this key is called feature_comparisons now, and holds the list "
            "that atlas.comparisons held; `snakemake atlas` is the study in the browser"
        )


# A whole number written 4.0 is one to JSON Schema, and none to a list or a range.
_WHOLE = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
    "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
)
_VALIDATOR = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=_WHOLE)


def _check_schema(config: Config, schema: Path) -> None:
    found = _validator(schema).iter_errors(config)
    worst = jsonschema.exceptions.best_match(found)
    if worst is not None:
        worst = _meant(worst)
        raise UserError(f"configuration, {_place(worst.absolute_path)}: {_complaint(worst)}")


@cache
def _validator(schema: Path) -> jsonschema.Draft202012Validator:
    return _VALIDATOR(yaml.safe_load(schema.read_text(encoding="utf-8")))


def _meant(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Of several forms, return what is wrong in the one whose keys were given.

    A number is meant for the form that is a number.
    """
    forms = {branch.schema_path[0] for branch in error.context or ()}
    for form in forms:
        wrong = [e for e in error.context if e.schema_path[0] == form]
        if all(e.path for e in wrong):
            return _meant(wrong[0])
    if isinstance(error.instance, int | float) and not isinstance(error.instance, bool):
        numbers = (e for e in error.context or () if e.schema.get("type") in ("integer", "number"))
        return next(numbers, error)
    return error


def _place(path: Sequence[str | int]) -> str:
    text = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path)
    return text.lstrip(".") or "top level"


def _complaint(error: jsonschema.ValidationError) -> str:
    value = json.dumps(error.instance, default=str, ensure_ascii=False)[:_SHOWN]
    match error.validator:
        case "additionalProperties":
            known = sorted(error.schema["properties"])
            extra = next(key for key in error.instance if key not in known)
            return unknown_key(extra, known)
        case "enum":
            return f"{value} is none of {', '.join(map(str, error.validator_value))}"
        case "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            return f"{', '.join(missing)} missing"
        case "oneOf" | "anyOf":
            return f"{value} is none of the forms allowed here: {_forms(error)}" + _meant_by(
                error.instance
            )
        case "pattern" | "not" if "description" in error.schema:
            return f"{value} will not do, give {error.schema['description']}"
    return _of_a_value(error, value)


def _of_a_value(error: jsonschema.ValidationError, value: str) -> str:
    """Return what is said of a type, a range, a length."""
    wanted = error.schema.get("description")
    said = f"{error.message[:_SHOWN]} (given: {value})"
    if error.validator == "type":
        return said + _meant_by(error.instance)
    return f"{said}; give {wanted}" if wanted and len(wanted) < _SHOWN else said


_SHOWN = 120  # letters of what was given


def _meant_by(value: object) -> str:
    """Return a hint where YAML takes what was written for something else."""
    match value:
        case bool():
            return ". YAML takes yes, no, on and off for true and false: a word has quotes"
        case float() if value.is_integer():
            return f". A whole number has no point: {int(value)}"
        case int() | float() | date():
            return ". Text that looks like a number or a date has quotes"
        case None:
            return ". Nothing stands behind the key: give it a value, or leave it out"
        case str() if _is_number(value):
            return ". A number has no quotes, and a point before its e: 1.0e-3"
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _forms(error: jsonschema.ValidationError) -> str:
    return error.schema.get("description") or "; ".join(
        json.dumps(form.get("required") or form.get("enum") or form.get("type") or form)
        for form in error.validator_value
    )


def _with_shipped(photos: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the photos that scikit-image ships, then the user's, whose names go first.

    Files of packages are looked up: from here on they are files like others.
    """
    taken = {photo["name"] for photo in photos}
    shipped = [{"name": name, "shipped": name} for name in SHIPPED if name not in taken]
    return [*shipped, *map(_found, photos)]


def _found(photo: Mapping[str, str]) -> dict[str, str]:
    if "package" not in photo:
        return dict(photo)
    try:
        file = package_file(photo["package"], photo["file"])
    except UserError as error:
        raise UserError(f"configuration, photo {photo['name']}: {error}") from error
    return {key: photo[key] for key in photo if key != "package"} | {"file": str(file)}


def _check_files(config: Config) -> None:
    for photo in config["photos"]:
        where = f"photo {photo['name']}"
        if "file" in photo:
            _existing(photo["file"], where)
        try:
            decoded(photo_file(photo))
        except UserError as error:
            raise UserError(f"configuration, {where}: {error}") from error
    for i, network in enumerate(config["networks"]):
        if not is_merged(network):
            check_builder(network, f"networks[{i}] ({network['name']})")
        weights = network["weights"]
        if isinstance(weights, Mapping) and "file" in weights and "package" not in weights:
            _existing(weights["file"], f"networks[{i}] ({network['name']}).weights.file")


def _check_trained(config: Config, names: Sequence[str]) -> None:
    """What learns the demo world would call its classes by other names."""
    for i, network in enumerate(config["networks"]):
        on_demo = is_trained(network) and not learns_noise(network)
        if on_demo and list(names) != World().classes:
            raise UserError(
                f"configuration, networks[{i}] ({network['name']}): it is trained on the demo "
                "world, whose classes are not those of the study: set classes to demo, or give "
                "other weights"
            )


def _existing(file: str, where: str) -> Path:
    path = Path(file)
    if word := _VARIABLE.search(file):
        raise UserError(
            f"configuration, {where}: Snakemake takes {word[0]} in {file} for a variable: give the "
            "file another name"
        )
    if file.startswith("-"):
        raise UserError(f"configuration, {where}: {file} looks like an option: write ./{file}")
    if not path.is_file():
        raise UserError(f"configuration, {where}: there is no file {path}")
    return path
