"""What a study sets side by side: the plans of comparisons and of pictures of pairs. No torch."""

from collections.abc import Iterable, Mapping
from typing import Any

from preimage.descent.objective import Objective
from preimage.measures.comparisons.sides import kind, title
from preimage.networks.classes import class_index
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
    return [run for run in study.still_runs if "pairs" in study.image_sets[run[0]]]


def photo_runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs of photos by which vectorising is judged: of code B7, by trained networks."""
    of_b7 = [run for run in study.photo_runs if study.image_sets[run[0]]["code"] == "B7"]
    return [run for run in of_b7 if not is_untrained(study.networks[run[1]])]


def run_plan(study: Study, image_set: str, network: str) -> Plan:
    """Return set and network of a run, its kind, and the networks that take part in its pictures.

    `origins` are what merged ones of these were made of, whose ways they may keep, and what else
    took part in pictures that are matched. The kind is read off the objective: that of its first
    item, for all are alike.
    """
    first = next(iter(study.blocks(image_set, network).values()))["items"][0]
    objective = Objective.parse(first["objective"])
    part, behind = {network, *objective.networks}, set()
    if source := study.image_sets[image_set].get("pictures"):
        part.add(source["network"])
        matched = run_plan(study, source["set"], source["network"])
        behind = {*matched["networks"], *matched["origins"]}
    found = {"set": image_set, "network": network, "kind": kind(objective)}
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

    These are comparisons, runs of pairs and of photos, judges, and the names of the classes.
    """
    pairs = [run_plan(study, *run) for run in sorted(pair_runs(study))]
    return {
        "comparisons": [c for c in compared.values() if _are_trained(study, c["columns"])],
        "pairs": [run for run in pairs if _are_trained(study, [run])],
        "photos": [{"set": s, "network": n} for s, n in sorted(photo_runs(study))],
        "judges": [name for name in study.judges if not is_untrained(study.networks[name])],
        "classes": study.classes,
    }


def _are_trained(study: Study, runs: Iterable[Plan]) -> bool:
    return not any(is_untrained(study.networks[name]) for run in runs for name in run["networks"])


def runs_of(study: Study) -> list[tuple[str, str]]:
    """Return the image sets and networks of the columns of all comparisons."""
    columns = [c for entry in study.config["comparisons"] for c in entry["columns"]]
    return list(dict.fromkeys((c["set"], c["network"]) for c in columns))


def told_runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs of which is told what networks see: those of comparisons and of pairs."""
    return list(dict.fromkeys(runs_of(study) + pair_runs(study)))
