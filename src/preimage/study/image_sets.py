"""What the schema cannot see of image sets: names, objectives, layers, pictures. No torch."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from preimage.descent.objective import METRICS, Objective
from preimage.descent.recipe import Recipe
from preimage.errors import UserError, near_matches
from preimage.networks.classes import class_index
from preimage.study.features import KEYS, features_of, is_of_features, raising
from preimage.study.sources import learns_noise
from preimage.study.templates import at_time, filled, letters, moves

Config = Mapping[str, Any]

_OWN = "_own_"  # stands for the network of a run, whichever that is


def check_image_set(
    image_set: Mapping[str, Any], config: Config, names: Sequence[str], where: str
) -> None:
    """Raise UserError for what an image set asks that nothing bears; `where` names the set."""
    needed = _targets_needed(image_set)
    if needed not in image_set:
        raise UserError(
            f"configuration, {where}: objective {image_set['objective']!r} needs {needed}"
        )
    if len(letters(image_set["objective"])) > 1 and not _targets_are_classes(needed):
        raise UserError(
            f"configuration, {where}: cannot read the objective {image_set['objective']!r}: a "
            "photo or feature is of no class A, give match(P) or F alone"
        )
    _check_frames(image_set, where)
    _check_pictures(image_set, config, names, where)
    for item in _classes_named(image_set):
        class_index(item, names, where)
    _check_pairs(image_set.get("pairs"), names, where)
    for photo in image_set.get("photos", ()):
        check_named(photo, config["photos"], f"{where}: photo")
    objective = _objective(image_set, config, where)
    if is_of_features(image_set):
        _check_features(image_set, where)
    for network in set(objective.networks) - {_OWN}:
        check_named(network, config["networks"], f"{where}: network of the objective")
        check_knows_classes(network, config, where)
    _check_sign(image_set["name"], objective, where)
    _check_unique_runs(image_set["runs"], where)
    for run in image_set["runs"]:
        check_named(run["network"], config["networks"], f"{where}: network")
        check_named(run["recipe"], config["recipes"], f"{where}: recipe")
        _check_start(recipe_named(run["recipe"], config), config, where)
        _check_layers(run, image_set, where)
        if _targets_are_classes(needed):
            check_knows_classes(run["network"], config, where)


def _targets_needed(image_set: Mapping[str, Any]) -> str:
    """Return the key of an image set that holds what the letters of its objective stand for."""
    there = letters(image_set["objective"])
    if "F" in there:
        return next((key for key in KEYS if key in image_set), "features, maps or reading_order")
    if "P" in there:
        return "classes" if "pictures" in image_set else "photos"
    return "pairs" if "B" in there else "classes"


def _targets_are_classes(needed: str) -> bool:
    return needed in ("classes", "pairs")


def _check_frames(image_set: Mapping[str, Any], where: str) -> None:
    if "frames" in image_set and not _targets_are_classes(_targets_needed(image_set)):
        raise UserError(
            f"configuration, {where}: frames are of classes or pairs, not of photos or features"
        )
    if moves(image_set["objective"]) and "frames" not in image_set:
        raise UserError(
            f"configuration, {where}: objective {image_set['objective']!r} changes with t: give "
            "frames, the number of values that t takes from 0 to 1"
        )


def _check_pictures(
    image_set: Mapping[str, Any], config: Config, names: Sequence[str], where: str
) -> None:
    """The pictures to match are of another set, which has one of each class."""
    if not (of := image_set.get("pictures")):
        return
    if "P" not in letters(image_set["objective"]):
        raise UserError(f"configuration, {where}: pictures are for the objective match(P)")
    check_named(of["set"], config["image_sets"], f"{where}.pictures: image set")
    other = next(entry for entry in config["image_sets"] if entry["name"] == of["set"])
    if "classes" not in other or "frames" in other or "pictures" in other:
        raise UserError(
            f"configuration, {where}.pictures: {of['set']} has not one picture of each class: give "
            "a set whose objective is of class A"
        )
    makers = [{"name": run["network"]} for run in other["runs"]]
    check_named(of["network"], makers, f"{where}.pictures: among the runs of {of['set']}, network")
    asked, there = (
        {class_index(c, names, where) for c in listed}
        for listed in (_listed(entry["classes"], names) for entry in (image_set, other))
    )
    if lacking := sorted(asked - there):
        raise UserError(
            f"configuration, {where}.pictures: {of['set']} has no picture of "
            f"{', '.join(names[c] for c in lacking[:5])}"
        )


def _listed(classes: str | Sequence[str | int], names: Sequence[str]) -> Sequence[str | int]:
    return range(len(names)) if classes == "all" else classes


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


def check_knows_classes(name: str, config: Config, where: str) -> None:
    """Raise UserError for a network of labels of noise: none is a class of the study."""
    network = next(entry for entry in config["networks"] if entry["name"] == name)
    if learns_noise(network):
        raise UserError(
            f"configuration, {where}: {name} is trained on noise and knows no classes: "
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


def _objective(image_set: Mapping[str, Any], config: Config, where: str) -> Objective:
    """Read an objective with addresses in place of its letters; bare ones are of network _OWN."""
    template = image_set["objective"]

    def address(view: str, letter: str) -> str:
        return f"{view or _OWN}:{letter}" + (", picture" if letter == "P" else "")

    try:
        objective = Objective.parse(filled(at_time(template, 0.5), address))
    except UserError as error:
        raise UserError(
            f"configuration, {where}: cannot read the objective {template!r}: give a sum of A and "
            "B, with a number before * if you like, such as A - 0.5 * B; the weaker of two, "
            "min(A, B); a network's own, as googlenet:A or, seen at 224 pixels, googlenet@224:A; "
            "with frames, (1 - t) * A + t * B; F with features; or match(P) with photos or "
            f"pictures, where a metric may follow: match(P, L2), one of {', '.join(METRICS)}"
        ) from error
    if not objective.terms:
        raise UserError(f"configuration, {where}: objective {template!r} asks for nothing")
    return objective


def _check_features(image_set: Mapping[str, Any], where: str) -> None:
    try:
        features = features_of(image_set)
        for feature in features:
            raising(image_set["objective"], feature.steps[-1], _OWN)
    except UserError as error:
        raise UserError(
            f"configuration, {where}: {error}; features are such as layer3[5], layer3[5, :7] or "
            "layer3[5] + layer4[2]"
        ) from error
    for name, count in Counter(feature.name for feature in features).items():
        if count > 1:
            raise UserError(f"configuration, {where}: {name} is there {count} times: give it once")


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
        check_named(recipe.start.picture, config["photos"], f"{where}: start picture")


def check_named(name: str, entries: Sequence[Mapping[str, Any]], where: str) -> None:
    """Raise UserError where none of the entries has that name."""
    known = [entry["name"] for entry in entries]
    if name not in known:
        raise UserError(
            f"configuration, {where} {name!r} is not there{near_matches(name, known)}; "
            f"there are: {', '.join(known) or 'none'}"
        )


def recipe_named(name: str, config: Config) -> Recipe:
    """Return the recipe of that name. Raises UserError for values a recipe cannot have."""
    data = next(recipe for recipe in config["recipes"] if recipe["name"] == name)
    return Recipe.read(data, f"configuration, recipe {name}")
