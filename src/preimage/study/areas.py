"""Which pictures of single features a study has, and what is drawn of them (M1 to M3). No torch."""

from collections.abc import Collection

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


def runs_plan(study: Study) -> Plan:
    """Return what decides the measures of all these runs."""
    kinds = {"single": single_runs(study), "ordered": ordered_runs(study)}
    return {kind: [_run(study, *run) for run in runs] for kind, runs in kinds.items()}


def _run(study: Study, image_set: str, network: str) -> Plan:
    recipe = study.recipe(image_set, network)
    photos = [recipe.start.picture] if recipe.start.kind == "picture" else []
    run = {"set": image_set, "network": network, "recipe": recipe.data()}
    return run | {"photos": study.photos_plan(photos)}


def claims_plan(study: Study) -> Plan:
    """Return the runs of which something is claimed, and how many sizes each has."""
    kinds = {"single": single_runs(study), "ordered": ordered_runs(study)}
    return {
        kind: [{"set": s, "network": n, "sizes": _sizes(study, s, n)} for s, n in runs]
        for kind, runs in kinds.items()
    }


def _sizes(study: Study, image_set: str, network: str) -> int:
    return len({octave.size for octave in study.recipe(image_set, network).octaves})


def sheets_plan(study: Study, runs: Collection[Run]) -> Plan:
    """Return what the figures of runs of single features show."""
    sheets = [
        {"set": s, "network": network, "features": [f.name for f in study.image_sets[s].features]}
        for s, network in runs
    ]
    look = {k: v for k, v in study.config["figures"].items() if k == "tile"}
    return {"sheets": sheets, "look": look}


def films_plan(study: Study, runs: Collection[Run]) -> Plan:
    """Return the maps whose neurons are shown one by one."""
    maps = [
        {
            "set": image_set,
            "network": network,
            "item": feature.name,
            "frames": len(feature.steps),
            "seed": study.image_sets[image_set].seeds[0],
        }
        for image_set, network in runs
        for feature in study.image_sets[image_set].features
    ]
    look = study.config["figures"].get("animations", {})
    return {"maps": maps} | {k: v for k, v in look.items() if k == "fps"}


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
    return names
