"""Which pictures of single features a study has, and what is drawn of them (M1 to M3). No torch."""

from preimage.blocks import frame_of
from preimage.descent.objective import Objective, View
from preimage.study.features import features_of, raising
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


def plans(study: Study) -> dict[str, Plan]:
    """Return what decides the measures of each run, by ``features/SET/NETWORK``."""
    return {
        f"features/{image_set}/{network}": _plan(study, image_set, network)
        for image_set, network in [*single_runs(study), *ordered_runs(study)]
    }


def _plan(study: Study, image_set: str, network: str) -> Plan:
    recipe = study.recipe(image_set, network)
    photos = [recipe.start.picture] if recipe.start.kind == "picture" else []
    plan = {"set": image_set, "network": network, "recipe": recipe.data()}
    return plan | {"photos": study.photos_plan(photos)}


def figure_plans(study: Study) -> dict[str, Plan]:
    """Return the plan of each figure of single features by its name under the folder of figures."""
    look = {key: value for key, value in study.config["figures"].items() if key == "tile"}
    return {
        f"features/{image_set}/{network}": {
            "set": image_set,
            "network": network,
            "features": study.image_sets[image_set]["features"],
            "look": look,
        }
        for image_set, network in single_runs(study)
    }


def animation_plans(study: Study) -> dict[str, Plan]:
    """Return the plan of each animation of a map by its name, ``SET/NETWORK/LAYER.MAP``."""
    return {
        f"{image_set}/{network}/{_file(feature.name)}": {
            "set": image_set,
            "network": network,
            "item": feature.name,
            "items": [frame_of(feature.name, number) for number in range(len(feature.steps))],
            "seed": seeds(study.image_sets[image_set])[0],
            "look": study.config["figures"].get("animations", {}),
        }
        for image_set, network in ordered_runs(study)
        for feature in features_of(study.image_sets[image_set])
    }


def _file(name: str) -> str:
    """Return what the files of a map are called: ``Mixed_6b.654`` for ``Mixed_6b[654]``."""
    return name.replace("[", ".").removesuffix("]")


def tables(study: Study) -> list[str]:
    """Return the names of the tables that a study has something for."""
    names = ["areas"] if single_runs(study) else []
    names += ["reading_order"] if ordered_runs(study) else []
    return [*names, "claims_of_features"] if names else []
