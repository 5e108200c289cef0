"""What the atlas of feature maps needs to know of a study (codes N1 to N4, M5). No torch."""

from typing import Any

from preimage.measures.comparisons.sides import title
from preimage.study.features import features_of
from preimage.study.study import Plan, Study

Entry = dict[str, Any]
Run = tuple[str, str]


def map_runs(study: Study) -> list[Run]:
    """Return image set and network of the runs of maps of layers."""
    return [run for run in study.feature_runs if "maps" in study.image_sets[run[0]]]


def layers(study: Study, image_set: str) -> list[str]:
    """Return the layers of a set of maps, in the order of the configuration."""
    return list(study.image_sets[image_set]["maps"]["layers"])


def sheets(study: Study) -> list[tuple[str, str, str]]:
    """Return image set, network and layer of each contact sheet."""
    return [(*run, layer) for run in map_runs(study) for layer in layers(study, run[0])]


def trends(study: Study) -> list[Run]:
    """Return the runs of several layers: of one alone there is no trend."""
    return [run for run in map_runs(study) if len(layers(study, run[0])) > 1]


def run_plans(study: Study) -> dict[Run, Plan]:
    """Return what measures need to know of each run of maps."""
    return {run: _run(study, *run) for run in map_runs(study)}


def comparison_plans(study: Study) -> dict[str, Plan]:
    """Return what is compared, by the name of the comparison."""
    return {
        entry["name"]: {
            "name": entry["name"],
            "code": entry["code"],
            "columns": [_column(column) for column in entry["columns"]],
        }
        for entry in study.config["atlas"]["comparisons"]
    }


def differing(study: Study) -> dict[str, str]:
    """Return in what the columns of each comparison differ: the metric, or else the recipe."""
    found = {}
    for entry in study.config["atlas"]["comparisons"]:
        objectives = {study.image_sets[c["set"]]["objective"] for c in entry["columns"]}
        found[entry["name"]] = "metric" if len(objectives) > 1 else "recipe"
    return found


def runs_of(study: Study, comparison: str) -> list[Run]:
    """Return image sets and networks of the columns of a comparison."""
    columns = comparison_plans(study)[comparison]["columns"]
    return list(dict.fromkeys((c["set"], c["network"]) for c in columns))


def figure_plans(study: Study) -> dict[str, Plan]:
    """Return the plan of each figure by its name under the folder of figures."""
    look = {k: v for k, v in study.config["figures"].items() if k in ("columns", "most", "tile")}
    of_sheets = {k: v for k, v in look.items() if k != "most"}  # which show all that is asked for
    plans: dict[str, Plan] = {
        f"atlas/{s}/{n}/{layer}": {"set": s, "network": n, "style": of_sheets}
        | {"items": [f.name for f in features_of(study.image_sets[s]) if f.layers == [layer]]}
        for s, n, layer in sheets(study)
    }
    for name, plan in comparison_plans(study).items():
        plans[f"atlas/comparisons/{name}"] = plan | {"style": look}
    if trends(study):
        runs = [{"set": s, "network": n} for s, n in trends(study)]
        plans["atlas/trends"] = {"runs": runs}
    return plans


def tables(study: Study) -> list[str]:
    """Return the names of the tables that a study has something for."""
    names = []
    if map_runs(study):
        names += ["feature_maps", "feature_starts", "layers_by_depth"]
    if study.config["atlas"]["comparisons"]:
        names += ["feature_pairs", "feature_similarity"]
    return [*names, "claims_of_atlas"] if names else []


def _run(study: Study, image_set: str, network: str) -> Plan:
    entry = study.image_sets[image_set]
    place = {"set": image_set, "network": network, "code": entry["code"]}
    recipe = study.recipe(image_set, network).data()
    return place | {"layers": layers(study, image_set), "recipe": recipe}


def _column(column: Entry) -> Plan:
    return {"set": column["set"], "network": column["network"], "title": title(column)}
