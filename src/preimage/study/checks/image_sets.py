"""What the schema cannot see of image sets: names, objectives, layers, pictures. No torch."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from preimage.descent.objective import Level
from preimage.descent.recipe import Recipe
from preimage.errors import UserError
from preimage.networks.classes import class_index
from preimage.study.checks.names import check_named, checked_run, names_of, recipe_named
from preimage.study.kinds import Features, ImageSet, Pairs, Photos, Pictures, Plan, ReadingOrder
from preimage.study.sources import learns_noise

Config = Mapping[str, Any]
Sets = Mapping[str, ImageSet]

MOST_WEIGHT = 1e30
LEAST_SIDE, MOST_SIDE = 8, 8192  # in pixels; the schema has these, too
_OF_FEATURES = ("features", "maps", "reading_order")


def check_image_set(image_set: ImageSet, sets: Sets, config: Config, where: str) -> None:
    """Raise UserError for what an image set asks that nothing bears; `where` names the set."""
    with _told(where):
        _check_targets(image_set)
        _check_frames(image_set)
    _check_names(image_set, config, where)
    with _told(where):
        _check_pairs(image_set)
        _check_features(image_set)
        _check_layers(image_set)
        _check_unique_runs(image_set)
    _check_pictures(image_set, sets, where)
    _check_runs(image_set, config, where)
    with _told(where):
        _check_items(image_set)


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Say where in the configuration a mistake is."""
    try:
        yield
    except UserError as error:
        raise UserError(f"configuration, {where}: {error}") from error


def check_knows_classes(name: str, config: Config, where: str) -> None:
    """Raise UserError for a network of labels of noise: none is a class of the study."""
    network = next(entry for entry in config["networks"] if entry["name"] == name)
    if learns_noise(network):
        raise UserError(
            f"configuration, {where}: {name} is trained on noise and knows no classes: "
            "give a network that does, or photos in place of classes"
        )


def _check_targets(image_set: ImageSet) -> None:
    """Its targets must be what the letters of its objective stand for."""
    needed, objective = _targets_needed(image_set), image_set.template
    if needed not in image_set.entry:
        raise UserError(f"objective {objective.text!r} needs {needed}")
    _check_numbers(image_set)
    if len(objective.letters) > 1 and not image_set.is_of_classes:
        raise UserError(
            f"cannot read the objective {objective.text!r}: a photo or feature is of no class A, "
            "give match(P) or F alone"
        )
    if "pictures" in image_set.entry and "P" not in objective.letters:
        raise UserError("pictures are for the objective match(P)")


def _check_numbers(image_set: ImageSet) -> None:
    """The numbers in its objective must be such that float32, and images, can have."""
    objective = image_set.template
    levels = [term.value for _, _, term in objective.terms if isinstance(term, Level)]
    weights = [weight for start, end, _ in objective.terms for weight in (start, end)]
    for number in (*weights, *levels):
        if not abs(number) <= MOST_WEIGHT:
            raise UserError(
                f"the objective {objective.text!r} has the number {number:g}: give one from "
                f"{-MOST_WEIGHT:g} to {MOST_WEIGHT:g}"
            )
    for side in (part.side for *_, term in objective.terms for part in term.parts):
        if side is not None and not LEAST_SIDE <= side <= MOST_SIDE:
            raise UserError(
                f"the objective {objective.text!r} looks at a picture of {side} x {side} pixels: "
                f"give a side from {LEAST_SIDE} to {MOST_SIDE}"
            )


def _targets_needed(image_set: ImageSet) -> str:
    """Return the key that holds what the letters of an objective stand for."""
    there, entry = image_set.template.letters, image_set.entry
    if "F" in there:
        return next((k for k in _OF_FEATURES if k in entry), "features, maps or reading_order")
    if "P" in there:
        return "classes" if "pictures" in entry else "photos"
    return "pairs" if "B" in there else "classes"


def _check_frames(image_set: ImageSet) -> None:
    if image_set.frames and not image_set.is_of_classes:
        raise UserError("frames are of classes or pairs, not of photos or features")
    if image_set.template.moves and not image_set.frames:
        raise UserError(
            f"objective {image_set.template.text!r} changes with t: give frames, the number of "
            "values that t takes from 0 to 1"
        )


def _check_names(image_set: ImageSet, config: Config, where: str) -> None:
    asked = image_set.asked
    if image_set.is_of_classes and isinstance(asked, list):
        for item in asked:
            for one in item if isinstance(item, list) else [item]:
                class_index(one, image_set.names, where)
    if isinstance(image_set, Photos):
        for photo in asked:
            check_named(photo, names_of(config["photos"]), f"{where}: photo")
        for run in image_set.entry["runs"]:
            for photo in run.get("photos", ()):
                check_named(photo, asked, f"{where}, run of {run['network']}: photo")
    for network in image_set.template.networks:
        check_named(network, names_of(config["networks"]), f"{where}: network of the objective")
        check_knows_classes(network, config, where)


def _check_pairs(image_set: ImageSet) -> None:
    if not isinstance(image_set, Pairs):
        return
    asked, count = image_set.asked, len(image_set.names)
    most = count * (count - 1)
    if isinstance(asked, Mapping) and asked["sample"] > most:
        raise UserError(
            f"a sample of {asked['sample']} pairs, but there are only {most} of {count} classes"
        )
    for pair in asked if isinstance(asked, list) else ():
        if len({*map(image_set.number, pair)}) < 2:
            raise UserError(f"the pair {pair} is one class, give two")


def _check_features(image_set: ImageSet) -> None:
    if not isinstance(image_set, Features):
        return
    if (
        isinstance(image_set, ReadingOrder)
        and image_set.asked["rows"] * image_set.asked["columns"] < 2
    ):
        raise UserError("a reading order of 1 row and 1 column has no second neuron to add")
    try:
        for network in image_set.runs:
            image_set.furthest(network)
        names = [feature.name for feature in image_set.features]
    except UserError as error:
        raise UserError(
            f"{error}; features are such as layer3[5], layer3[5, :7] or layer3[5] + layer4[2]"
        ) from error
    for name, count in Counter(names).items():
        if count > 1:
            raise UserError(f"{name} is there {count} times: give it once")


def _check_layers(image_set: ImageSet) -> None:
    """A photo is matched in several layers, a class is asked for in one."""
    for run in image_set.entry["runs"]:
        given = {**image_set.entry, **run}
        if isinstance(image_set, Photos):
            if "layer" in run or "layers" not in given:
                raise UserError(
                    "photos are matched in layers: give layers: [...] to the set, or to its run of "
                    f"{run['network']}"
                )
        elif "photos" in run:
            raise UserError(
                f"the run of {run['network']} has photos: they are for sets of photos, of which a "
                "run may make some"
            )
        elif "layers" in given:
            raise UserError(
                "layers are for sets of photos; a class is asked for in one layer, that of the run"
            )


def _check_unique_runs(image_set: ImageSet) -> None:
    """A run is known by its image set and network: a second one would be taken for the first."""
    for network, count in Counter(run["network"] for run in image_set.entry["runs"]).items():
        if count > 1:
            raise UserError(
                f"{count} runs of {network!r}: give each recipe or layer an image set of its own"
            )


def _check_pictures(image_set: ImageSet, sets: Sets, where: str) -> None:
    """The pictures to match are of another set, which has one of each class."""
    if not isinstance(image_set, Pictures):
        return
    where = f"{where}.pictures"
    other = checked_run(image_set.entry["pictures"], sets, where)
    if not other.has_one_of_each_class or isinstance(other, Pictures):
        raise UserError(
            f"configuration, {where}: {other.name} has not one picture of each class: give "
            "a set whose objective is of class A"
        )
    if lacking := sorted({*image_set.targets} - {*other.targets}):
        raise UserError(
            f"configuration, {where}: {other.name} has no picture of "
            f"{', '.join(image_set.names[c] for (c,) in lacking[:5])}"
        )


def _check_runs(image_set: ImageSet, config: Config, where: str) -> None:
    for run in image_set.runs.values():
        check_named(run.network, names_of(config["networks"]), f"{where}: network")
        check_named(run.recipe, names_of(config["recipes"]), f"{where}: recipe")
        recipe = recipe_named(run.recipe, config)
        _check_start(recipe, config, where)
        if not image_set.template.moves and (image_set.frames or 0) > recipe.iterations:
            raise UserError(
                f"configuration, {where}: {image_set.frames} frames of a descent of "
                f"{recipe.iterations} iterations, by the recipe {run.recipe}: give as many frames "
                "or fewer, or more iterations"
            )
        if image_set.is_of_classes:
            check_knows_classes(run.network, config, where)
        if "0" in image_set.furthest(run.network):
            raise UserError(
                f"configuration, {where}: objective {image_set.template.text!r} asks for nothing "
                f"of {run.network}, which it names as well: give another network to one of the two"
            )


def _check_items(image_set: ImageSet) -> None:
    """A picture of a run is known by its name: a second one would be taken for the first."""
    for network in image_set.runs:
        named: dict[str, Plan] = {}
        for one in image_set.firsts(network):
            if other := named.get(one["item"]):
                raise UserError(
                    f"two pictures by {network} would be called {one['item']!r}: of "
                    f"{other['objective']} and of {one['objective']}. Give each an image set of "
                    "its own, or other names to photos"
                )
            named[one["item"]] = one


def _check_start(recipe: Recipe, config: Config, where: str) -> None:
    if recipe.start.kind == "picture":
        check_named(recipe.start.picture, names_of(config["photos"]), f"{where}: start picture")
