"""Which pictures of single features a study has, and what is drawn of them (M1 to M3). No torch."""

from collections.abc import Collection, Iterable

from preimage.blocks import frame_of
from preimage.descent.objective import View
from preimage.study.kinds import Features, Maps, ReadingOrder
from preimage.study.study import Plan, Run, Study


def single_runs(study: Study) -> list[Run]:
    """Return the runs of sets that list features."""
    return [run for run in _runs(study, Features) if run not in study.runs_of(Maps, ReadingOrder)]


def ordered_runs(study: Study) -> list[Run]:
    """Return the runs whose frames have a neuron more each."""
    return _runs(study, ReadingOrder)


def _runs(study: Study, kind: type) -> list[Run]:
    """Return the runs of a kind in which the network is asked at the picture's size."""
    return [
        (image_set, network)
        for image_set, network in study.runs_of(kind)
        if study.image_sets[image_set].template.views(network) == {View(network)}
    ]


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
    look = {k: v for k, v in study.config["figures"].items() if k == "tile"}
    return {
        f"features/{image_set}/{network}": {
            "set": image_set,
            "network": network,
            "features": [f.name for f in study.image_sets[image_set].features],
            "look": look,
        }
        for image_set, network in runs
    }


def animation_plans(study: Study, runs: Iterable[Run]) -> dict[str, Plan]:
    """Return the plan of each animation of a map by its name, ``SET/NETWORK/LAYER.MAP``."""
    return {
        f"{image_set}/{network}/{_file(feature.name)}": {
            "set": image_set,
            "network": network,
            "item": feature.name,
            "items": [frame_of(feature.name, number) for number in range(len(feature.steps))],
            "seed": study.image_sets[image_set].seeds[0],
            "look": study.config["figures"].get("animations", {}),
        }
        for image_set, network in runs
        for feature in study.image_sets[image_set].features
    }


def _file(name: str) -> str:
    """Return what the files of a map are called: ``Mixed_6b.654`` for ``Mixed_6b[654]``."""
    return name.replace("[", ".").removesuffix("]")


def tables(single: Collection[Run], ordered: Collection[Run]) -> list[str]:
    """Return the names of the tables of these runs, of single features and in reading order."""
    names = ["areas"] if single else []
    names += ["reading_order"] if ordered else []
    return [*names, "claims_of_features"] if names else []
