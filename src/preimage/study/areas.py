"""Which pictures of single features a study has, and what is drawn of them (M1 to M3). No torch."""

from collections.abc import Collection, Iterable

from preimage.blocks import frame_of
from preimage.descent.objective import Objective, View
from preimage.study.features import Feature, features_of, raising
from preimage.study.study import Plan, Study
from preimage.study.targets import seeds

Run = tuple[str, str]


def single_runs(study: Study) -> list[Run]:
    """Return the runs of sets that list features."""
    return _runs(study, "features")


def ordered_runs(study: Study) -> list[Run]:
    """Return the runs whose frames have a neuron more each."""
    return _runs(study, "reading_order")


def _runs(study: Study, key: str) -> list[Run]:
    """Return the runs of sets with that key in which the network is asked at the picture's size."""
    return [
        (image_set, network)
        for image_set, network in study.feature_runs
        if key in study.image_sets[image_set] and _asks_itself(study, image_set, network)
    ]


def _asks_itself(study: Study, image_set: str, network: str) -> bool:
    objective = raising(study.image_sets[image_set]["objective"], "layer", network)
    return {part.view for part in Objective.parse(objective).parts} == {View(network)}


def plans(study: Study, runs: Iterable[Run]) -> dict[str, Plan]:
    """Return what decides the measures of each of these runs, by ``features/SET/NETWORK``."""
    return {f"features/{s}/{network}": _plan(study, s, network) for s, network in runs}


def _plan(study: Study, image_set: str, network: str) -> Plan:
    recipe = study.recipe(image_set, network)
    photos = [recipe.start.picture] if recipe.start.kind == "picture" else []
    plan = {"set": image_set, "network": network, "recipe": recipe.data()}
    return plan | {"photos": study.photos_plan(photos)}


def figure_plans(study: Study, runs: Iterable[Run]) -> dict[str, Plan]:
    """Return the plan of the figure of each run of single features, by its name under figures."""
    runs, look = list(runs), {k: v for k, v in study.config["figures"].items() if k == "tile"}
    features = _features(study, runs)
    return {
        f"features/{image_set}/{network}": {
            "set": image_set,
            "network": network,
            "features": [feature.name for feature in features[image_set]],
            "look": look,
        }
        for image_set, network in runs
    }


def animation_plans(study: Study, runs: Iterable[Run]) -> dict[str, Plan]:
    """Return the plan of each animation of a map by its name, ``SET/NETWORK/LAYER.MAP``."""
    runs = list(runs)
    features = _features(study, runs)
    return {
        f"{image_set}/{network}/{_file(feature.name)}": {
            "set": image_set,
            "network": network,
            "item": feature.name,
            "items": [frame_of(feature.name, number) for number in range(len(feature.steps))],
            "seed": seeds(study.image_sets[image_set])[0],
            "look": study.config["figures"].get("animations", {}),
        }
        for image_set, network in runs
        for feature in features[image_set]
    }


def _features(study: Study, runs: Iterable[Run]) -> dict[str, list[Feature]]:
    """Return the features of each set, which all of its runs share."""
    return {name: features_of(study.image_sets[name]) for name in {name for name, _ in runs}}


def _file(name: str) -> str:
    """Return what the files of a map are called: ``Mixed_6b.654`` for ``Mixed_6b[654]``."""
    return name.replace("[", ".").removesuffix("]")


def tables(single: Collection[Run], ordered: Collection[Run]) -> list[str]:
    """Return the names of the tables of these runs, of single features and in reading order."""
    names = ["areas"] if single else []
    names += ["reading_order"] if ordered else []
    return [*names, "claims_of_features"] if names else []
