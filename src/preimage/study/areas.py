"""Which pictures of single features a study has, and what is drawn of them (M1 to M3). No torch."""

from collections.abc import Collection, Iterable

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


def runs_plan(study: Study, runs: Iterable[Run]) -> Plan:
    """Return what decides the measures of these runs."""
    return {"runs": [_run(study, *run) for run in runs]}


def _run(study: Study, image_set: str, network: str) -> Plan:
    recipe = study.recipe(image_set, network)
    photos = [recipe.start.picture] if recipe.start.kind == "picture" else []
    run = {"set": image_set, "network": network, "recipe": recipe.data()}
    return run | {"photos": study.photos_plan(photos)}


def sheets_plan(study: Study, runs: Collection[Run]) -> Plan:
    """Return what the figures of runs of single features show."""
    features = _features(study, runs)
    sheets = [
        {"set": s, "network": network, "features": [feature.name for feature in features[s]]}
        for s, network in runs
    ]
    look = {k: v for k, v in study.config["figures"].items() if k == "tile"}
    return {"sheets": sheets, "look": look}


def films_plan(study: Study, runs: Collection[Run]) -> Plan:
    """Return the maps whose neurons are shown one by one."""
    features = _features(study, runs)
    maps = [
        {
            "set": image_set,
            "network": network,
            "item": feature.name,
            "frames": len(feature.steps),
            "seed": seeds(study.image_sets[image_set])[0],
        }
        for image_set, network in runs
        for feature in features[image_set]
    ]
    look = study.config["figures"].get("animations", {})
    return {"maps": maps} | {k: v for k, v in look.items() if k == "fps"}


def _features(study: Study, runs: Iterable[Run]) -> dict[str, list[Feature]]:
    """Return the features of each set, which all of its runs share."""
    return {name: features_of(study.image_sets[name]) for name in {name for name, _ in runs}}


def films(plan: Plan) -> list[tuple[str, str, str]]:
    """Return image set, network and name of the files of each map of a `films_plan`."""
    return [(one["set"], one["network"], _file(one["item"])) for one in plan["maps"]]


def _file(name: str) -> str:
    """Return what the files of a map are called: ``Mixed_6b.654`` for ``Mixed_6b[654]``."""
    return name.replace("[", ".").removesuffix("]")


def tables(single: Collection[Run], ordered: Collection[Run]) -> list[str]:
    """Return the names of the tables of these runs, of single features and in reading order."""
    names = ["areas"] if single else []
    names += ["reading_order"] if ordered else []
    return [*names, "claims_of_features"] if names else []
