"""What the schema cannot see of comparisons: columns that can stand side by side. No torch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from preimage.errors import UserError
from preimage.measures.comparisons.sides import title
from preimage.study.image_sets import check_named
from preimage.study.targets import seeds, targets

Config = Mapping[str, Any]
Entry = Mapping[str, Any]


def check_comparison(comparison: Entry, config: Config, names: Sequence[str], where: str) -> None:
    """Raise UserError for columns that nothing makes, or that have no row in common.

    names: of the study's classes. where: names the comparison.
    """
    sets = {entry["name"]: entry for entry in config["image_sets"]}
    for i, column in enumerate(comparison["columns"]):
        _check_column(column, sets, f"{where}.columns[{i}]")
    of_pairs = any("pairs" in sets[column["set"]] for column in comparison["columns"])
    for i, column in enumerate(comparison["columns"]):
        _check_class(column, sets[column["set"]], of_pairs, f"{where}.columns[{i}]")
    _check_titles(comparison["columns"], where)
    if not _rows(comparison["columns"], sets, names):
        raise UserError(
            f"configuration, {where}: the columns have no class or pair and seed in common: give "
            "sets of the same classes"
        )


def _check_column(column: Entry, sets: Mapping[str, Entry], where: str) -> None:
    check_named(column["set"], list(sets.values()), f"{where}: image set")
    entry = sets[column["set"]]
    makers = [{"name": run["network"]} for run in entry["runs"]]
    check_named(column["network"], makers, f"{where}: among the runs of {entry['name']}, network")
    for key in ("photos", "frames"):
        if key in entry:
            raise UserError(
                f"configuration, {where}: {entry['name']} has {key}: give a set that has one "
                "picture of each class, or of each pair"
            )


def _check_class(column: Entry, entry: Entry, of_pairs: bool, where: str) -> None:
    """Where rows are pairs, a column of classes must say which one of the two."""
    if "of" in column and ("pairs" in entry or not of_pairs):
        raise UserError(
            f"configuration, {where}: of is for a set of classes beside one of pairs, "
            f"{entry['name']} is none"
        )
    if of_pairs and "classes" in entry and "of" not in column:
        raise UserError(
            f"configuration, {where}: the rows are pairs: say of which class the pictures of "
            f"{entry['name']} are: of: A or of: B"
        )


def _check_titles(columns: Sequence[Entry], where: str) -> None:
    for name, count in Counter(map(title, columns)).items():
        if count > 1:
            raise UserError(f"configuration, {where}: {count} columns have the title {name!r}")


def _rows(columns: Sequence[Entry], sets: Mapping[str, Entry], names: Sequence[str]) -> set[Any]:
    """Return the targets, with a seed each, that all columns have."""
    whole = [sets[column["set"]] for column in columns if "of" not in column]
    rows = set.intersection(*(_pictures(entry, names) for entry in whole))
    for column in columns:
        if "of" in column:
            there = _pictures(sets[column["set"]], names)
            place = "AB".index(column["of"])
            rows = {(row, seed) for row, seed in rows if ((row[place],), seed) in there}
    return rows


def _pictures(entry: Entry, names: Sequence[str]) -> set[Any]:
    return {(target, seed) for target in targets(entry, names) for seed in seeds(entry)}
