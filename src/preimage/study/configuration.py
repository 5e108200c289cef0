"""The configuration of a study, read and checked before anything runs. No torch."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from preimage.descent.objective import METRICS, Objective
from preimage.descent.recipe import Recipe
from preimage.errors import UserError, near_matches, unknown_key
from preimage.networks.world import World
from preimage.photo_files import SHIPPED, photo_file, read_photo
from preimage.study.classes import class_index, class_names
from preimage.study.sources import is_trained, learns_noise

Config = Mapping[str, Any]

DEFAULTS = {
    "device": "auto",
    "batch": 8,
    "block": 50,
    "threads": 2,
    "mirror": None,
    "photos": [],
    "mlps": [],
    "inversions": [],
    "figures": {},
}


def checked(config: Config, schema: Path) -> dict[str, Any]:
    """Return `config` with its defaults filled in.

    Raises UserError, naming key, value and what would be right, for what the JSON Schema in
    `schema` forbids and for what no schema can see: names that nothing bears, classes that do not
    exist, files that cannot be read.
    """
    _check_schema(config, schema)
    whole = DEFAULTS | dict(config)
    whole["photos"] = _with_shipped(whole["photos"])
    for key in ("photos", "networks", "recipes", "image_sets", "mlps", "inversions"):
        _check_unique(whole[key], key)
    _check_files(whole)
    for recipe in whole["recipes"]:
        recipe_named(recipe["name"], whole)
    names = class_names(whole["classes"])
    _check_trained(whole, names)
    for i, image_set in enumerate(whole["image_sets"]):
        _check_image_set(image_set, whole, names, f"image_sets[{i}] ({image_set['name']})")
    for key in ("mlps", "inversions"):
        for i, entry in enumerate(whole[key]):
            _check_named(entry["photo"], whole["photos"], f"{key}[{i}] ({entry['name']}): photo")
    for i, item in enumerate(whole["figures"].get("show", [])):
        class_index(item, names, f"figures.show[{i}]")
    return whole


def _check_schema(config: Config, schema: Path) -> None:
    rules = yaml.safe_load(schema.read_text(encoding="utf-8"))
    found = jsonschema.Draft202012Validator(rules).iter_errors(config)
    worst = jsonschema.exceptions.best_match(found)
    if worst is not None:
        worst = _meant(worst)
        raise UserError(f"configuration, {_place(worst.absolute_path)}: {_complaint(worst)}")


def _meant(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Of several forms, return what is wrong in the one whose keys were given."""
    forms = {branch.schema_path[0] for branch in error.context or ()}
    for form in forms:
        wrong = [e for e in error.context if e.schema_path[0] == form]
        if all(e.path for e in wrong):
            return _meant(wrong[0])
    return error


def _place(path: Sequence[str | int]) -> str:
    text = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path)
    return text.lstrip(".") or "top level"


def _complaint(error: jsonschema.ValidationError) -> str:
    value = json.dumps(error.instance, default=str, ensure_ascii=False)
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
            said = f"{value[:120]} is none of the forms allowed here: {_forms(error)}"
            return said + _text_for_number(error.instance)
        case "pattern" | "not" if "description" in error.schema:
            return f"{value} will not do, give {error.schema['description']}"
    return f"{error.message} (given: {value[:120]})" + _text_for_number(error.instance)


def _text_for_number(value: object) -> str:
    """Return a hint where a number is text to YAML, as 1e-3 is."""
    with suppress(ValueError):
        if isinstance(value, str):
            float(value)
            return ". A number has no quotes, and a point before its e: 1.0e-3"
    return ""


def _forms(error: jsonschema.ValidationError) -> str:
    return error.schema.get("description") or "; ".join(
        json.dumps(form.get("required") or form.get("enum") or form.get("type") or form)
        for form in error.validator_value
    )


def _check_unique(entries: Sequence[Mapping[str, Any]], key: str) -> None:
    for name, count in Counter(entry["name"] for entry in entries).items():
        if count > 1:
            raise UserError(f"configuration, {key}: {count} of them are called {name!r}")


def _with_shipped(photos: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the photos that scikit-image ships, then the user's, whose names go first."""
    taken = {photo["name"] for photo in photos}
    shipped = [{"name": name, "shipped": name} for name in SHIPPED if name not in taken]
    return [*shipped, *map(dict, photos)]


def _check_files(config: Config) -> None:
    for photo in config["photos"]:
        where = f"photo {photo['name']}"
        if "file" in photo:
            _existing(photo["file"], where)
        try:
            read_photo(photo_file(photo))
        except UserError as error:
            raise UserError(f"configuration, {where}: {error}") from error
    for i, network in enumerate(config["networks"]):
        weights = network["weights"]
        if isinstance(weights, Mapping) and "file" in weights:
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
    if not path.is_file():
        raise UserError(f"configuration, {where}: there is no file {path}")
    return path


def _check_image_set(
    image_set: Mapping[str, Any], config: Config, names: Sequence[str], where: str
) -> None:
    needed = _targets_needed(image_set["objective"])
    if needed not in image_set:
        raise UserError(
            f"configuration, {where}: objective {image_set['objective']!r} needs {needed}"
        )
    for item in _classes_named(image_set):
        class_index(item, names, where)
    _check_pairs(image_set.get("pairs"), names, where)
    for photo in image_set.get("photos", ()):
        _check_named(photo, config["photos"], f"{where}: photo")
    objective = _objective(image_set["objective"], config, where)
    _check_sign(image_set["name"], objective, where)
    _check_unique_runs(image_set["runs"], where)
    for run in image_set["runs"]:
        _check_named(run["network"], config["networks"], f"{where}: network")
        _check_named(run["recipe"], config["recipes"], f"{where}: recipe")
        _check_start(recipe_named(run["recipe"], config), config, where)
        _check_layers(run, image_set, where)
        _check_knows_classes(run, image_set, config, where)


def _targets_needed(objective: str) -> str:
    """Return the key of an image set that holds what the letters of its objective stand for."""
    if re.search(r"\bP\b", objective):
        return "photos"
    return "pairs" if re.search(r"\bB\b", objective) else "classes"


def _check_layers(run: Mapping[str, Any], image_set: Mapping[str, Any], where: str) -> None:
    """A photo is matched in several layers, a class is asked for in one."""
    if "photos" in image_set:
        if "layer" in run or "layers" not in {**image_set, **run}:
            raise UserError(
                f"configuration, {where}: photos are matched in layers: give layers: [...] to the "
                f"set, or to its run of {run['network']}"
            )
    elif "layers" in {**image_set, **run}:
        raise UserError(
            f"configuration, {where}: layers are for sets of photos; a class is asked for in one "
            "layer, that of the run"
        )


def _check_knows_classes(
    run: Mapping[str, Any], image_set: Mapping[str, Any], config: Config, where: str
) -> None:
    """Of the labels of noise none is a class of the study."""
    network = next(entry for entry in config["networks"] if entry["name"] == run["network"])
    if learns_noise(network) and "photos" not in image_set:
        raise UserError(
            f"configuration, {where}: {run['network']} is trained on noise and knows no classes: "
            "give a network that does, or photos in place of classes"
        )


def _classes_named(image_set: Mapping[str, Any]) -> Iterator[str | int]:
    if isinstance(image_set.get("classes"), list):
        yield from image_set["classes"]
    if isinstance(image_set.get("pairs"), list):
        for pair in image_set["pairs"]:
            yield from pair


def _check_pairs(pairs: object, names: Sequence[str], where: str) -> None:
    most = len(names) * (len(names) - 1)
    if isinstance(pairs, Mapping) and pairs["sample"] > most:
        raise UserError(
            f"configuration, {where}: a sample of {pairs['sample']} pairs, but there are only "
            f"{most} of {len(names)} classes"
        )
    for pair in pairs if isinstance(pairs, list) else ():
        if len({class_index(item, names, where) for item in pair}) < 2:
            raise UserError(f"configuration, {where}: the pair {pair} is one class, give two")


def _objective(template: str, config: Config, where: str) -> Objective:
    """Read an objective with two addresses in place of its letters, and find its networks."""
    example = config["networks"][0]["name"]
    address = {"A": f"{example}:A", "B": f"{example}:B"}
    if _targets_needed(template) == "photos":
        address = {"P": f"{example}:layer, photo"}
    try:
        objective = Objective.parse(filled(template, address))
    except UserError as error:
        raise UserError(
            f"configuration, {where}: cannot read the objective {template!r}: give a sum of A and "
            "B, with a number before * if you like, such as A - 0.5 * B; or match(P) with photos, "
            f"where a metric may follow: match(P, L2), one of {', '.join(METRICS)}"
        ) from error
    if not objective.terms:
        raise UserError(f"configuration, {where}: objective {template!r} asks for nothing")
    for network in objective.networks:
        _check_named(network, config["networks"], f"{where}: network of the objective")
    return objective


def _check_sign(name: str, objective: Objective, where: str) -> None:
    """Tables and figures know two sets by name, and take their pictures for what the name says."""
    meant = {"class_images": "A", "opposites": "-A"}.get(name)
    raised = [weight > 0 for weight, _ in objective.terms]
    if meant and raised != [meant == "A"]:
        raise UserError(
            f"configuration, {where}: the objective of a set of this name is {meant}: give that, "
            "or the set another name"
        )


def _check_unique_runs(runs: Sequence[Mapping[str, Any]], where: str) -> None:
    """A run is known by its image set and network: a second one would be taken for the first."""
    for network, count in Counter(run["network"] for run in runs).items():
        if count > 1:
            raise UserError(
                f"configuration, {where}: {count} runs of {network!r}: give each recipe or layer "
                "an image set of its own"
            )


def _check_start(recipe: Recipe, config: Config, where: str) -> None:
    if recipe.start.kind == "picture":
        _check_named(recipe.start.picture, config["photos"], f"{where}: start picture")


def _check_named(name: str, entries: Sequence[Mapping[str, Any]], where: str) -> None:
    known = [entry["name"] for entry in entries]
    if name not in known:
        raise UserError(
            f"configuration, {where} {name!r} is not there{near_matches(name, known)}; "
            f"there are: {', '.join(known) or 'none'}"
        )


def filled(template: str, names: Mapping[str, str]) -> str:
    """Return an image set's objective with `names` in place of its letters A, B and P."""
    return re.sub(r"\b([ABP])\b", lambda letter: names.get(letter[0], letter[0]), template)


def recipe_named(name: str, config: Config) -> Recipe:
    """Return the recipe of that name. Raises UserError for values a recipe cannot have."""
    data = next(recipe for recipe in config["recipes"] if recipe["name"] == name)
    return Recipe.read(data, f"configuration, recipe {name}")
