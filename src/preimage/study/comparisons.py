"""What a study sets side by side: the plans of comparisons and of pictures of pairs. No torch."""

from collections.abc import Iterable, Mapping
from typing import Any

from preimage.descent.recipe import Recipe
from preimage.measures.comparisons.sides import title
from preimage.networks.classes import class_index
from preimage.study.kinds import Pairs, Pictures
from preimage.study.sources import is_merged, is_untrained
from preimage.study.study import Plan, Study

Entry = dict[str, Any]


def comparison_plans(study: Study) -> dict[str, Plan]:
    """Return what is compared by the name of the comparison."""
    return {
        entry["name"]: {
            "name": entry["name"],
            "code": entry["code"],
            "columns": [_column(study, column) for column in entry["columns"]],
        }
        for entry in study.config["comparisons"]
    }


def table_plan(study: Study, compared: Iterable[Plan]) -> Plan:
    """Return what the tables are of: comparisons, and the runs of pairs."""
    return {"comparisons": [*compared], "pairs": sorted(pair_runs(study))}


def figure_plan(study: Study, compared: Iterable[Plan]) -> Plan:
    """Return what the sheets are of, and their look."""
    look = {k: v for k, v in study.config["figures"].items() if k in ("most", "tile")}
    asked = study.config["figures"].get("show", [])
    show = sorted({class_index(c, study.classes, "figures.show") for c in asked})
    return {"comparisons": [*compared], "style": look | ({"show": show} if show else {})}


def pair_runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs whose targets are pairs of classes."""
    return [run for run in study.runs_of(Pairs) if not study.image_sets[run[0]].frames]


def run_plan(study: Study, image_set: str, network: str) -> Plan:
    """Return set and network of a run, its kind, and the networks that take part in its pictures.

    `origins` are what merged ones of these were made of, whose ways they may keep, and what else
    took part in pictures that are matched.
    """
    one = study.image_sets[image_set]
    part, behind = {network, *study.networks_of(image_set, network)}, set()
    if isinstance(one, Pictures):
        part.add(one.matched[1])
        matched = run_plan(study, *one.matched)
        behind = {*matched["networks"], *matched["origins"]}
    found = {"set": image_set, "network": network, "kind": one.template.kind}
    return found | {
        "networks": sorted(part),
        "origins": sorted((_origins(study, part) | behind) - part),
    }


def _origins(study: Study, names: Iterable[str]) -> set[str]:
    """Return the networks that merged ones are made of, and those that these are made of."""
    entries = [study.networks[name] for name in names]
    merged = [entry["weights"]["merged"] for entry in entries if is_merged(entry)]
    made_of = {m for one in merged for m in (one["network"], one["toward"])}
    return made_of | _origins(study, made_of) if made_of else made_of


def _column(study: Study, column: Entry) -> Plan:
    which = {"of": column["of"]} if "of" in column else {}
    shown = {"title": title(column)} | which
    return run_plan(study, column["set"], column["network"]) | shown


def claims_plan(study: Study, compared: Mapping[str, Plan]) -> Plan:
    """Return what claims are judged on, and by whom: pictures and networks that learnt something.

    These are comparisons, and which of them are of pictures after one step; runs of class images,
    of pairs, and of frames from one class to another; judges, and the names of the classes.
    """
    trained = [c for c in compared.values() if _are_trained(study, c["columns"])]
    return {
        "comparisons": [
            one | {"columns": [_made(study, column) for column in one["columns"]]}
            for one in trained
        ],
        "one_step": [
            one["name"]
            for one in trained
            if all(_recipe(study, c).iterations == 1 for c in one["columns"])
        ],
        "alone": _trained_runs(study, class_image_runs(study)),
        "pairs": _trained_runs(study, sorted(pair_runs(study))),
        "turns": _trained_runs(study, turn_runs(study)),
        "judges": [name for name in study.judges if not is_untrained(study.networks[name])],
        "classes": study.classes,
    }


def turn_runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs of frames from one class of a pair to the other."""
    return sorted(run for run in study.runs_of(Pairs) if study.image_sets[run[0]].frames)


def judged_runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs whose judgement `claims_plan` needs, each once."""
    runs = [*told_runs(study), *turn_runs(study), *class_image_runs(study)]
    return list(dict.fromkeys(runs))


def class_image_runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs of class images, of any set; one step makes none."""
    return [
        run
        for run in study.still_runs
        if study.image_sets[run[0]].asks("A") and study.recipe(*run).iterations > 1
    ]


def _trained_runs(study: Study, runs: Iterable[tuple[str, str]]) -> list[Plan]:
    plans = [run_plan(study, *run) for run in runs]
    return [_made(study, run) for run in plans if _are_trained(study, [run])]


def _recipe(study: Study, run: Plan) -> Recipe:
    return study.recipe(run["set"], run["network"])


def _made(study: Study, run: Plan) -> Plan:
    """Return a run with what claims need to know of how its pictures were made."""
    name = study.image_sets[run["set"]].runs[run["network"]].recipe
    return run | {"recipe": name, "normalised": _recipe(study, run).normalised}


def _are_trained(study: Study, runs: Iterable[Plan]) -> bool:
    return not any(is_untrained(study.networks[name]) for run in runs for name in run["networks"])


def runs_of(study: Study) -> list[tuple[str, str]]:
    """Return the image sets and networks of the columns of all comparisons."""
    columns = [c for entry in study.config["comparisons"] for c in entry["columns"]]
    return list(dict.fromkeys((c["set"], c["network"]) for c in columns))


def told_runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs of which is told what networks see: those of comparisons and of pairs."""
    return list(dict.fromkeys(runs_of(study) + pair_runs(study)))
