"""What the schema cannot see of comparisons: columns that can stand side by side. No torch."""

from collections.abc import Mapping, Sequence
from typing import Any

from preimage.errors import UserError
from preimage.study.checks.names import check_titles, checked_run
from preimage.study.kinds import ImageSet, ReadingOrder

Entry = Mapping[str, Any]
Sets = Mapping[str, ImageSet]


def check_comparison(comparison: Entry, sets: Sets, where: str) -> None:
    """Raise UserError for columns that nothing makes, or that have no row in common."""
    columns = comparison["columns"]
    for i, column in enumerate(columns):
        _check_column(checked_run(column, sets, f"{where}.columns[{i}]"), f"{where}.columns[{i}]")
    of_pairs = any(sets[column["set"]].key == "pairs" for column in columns)
    for i, column in enumerate(columns):
        _check_class(column, sets[column["set"]], of_pairs, f"{where}.columns[{i}]")
    check_titles(columns, where)
    if not _rows(columns, sets):
        raise UserError(
            f"configuration, {where}: the columns have no class or pair and seed in common: give "
            "sets of the same classes"
        )


def _check_column(image_set: ImageSet, where: str) -> None:
    if image_set.frames or not image_set.is_of_classes:
        has = "frames" if image_set.frames else image_set.key
        raise UserError(
            f"configuration, {where}: {image_set.name} has {has}: give a set that has one "
            "picture of each class, or of each pair"
        )


def _check_class(column: Entry, image_set: ImageSet, of_pairs: bool, where: str) -> None:
    """Where rows are pairs, a column of classes must say which one of the two."""
    is_pairs = image_set.key == "pairs"
    if "of" in column and (is_pairs or not of_pairs):
        raise UserError(
            f"configuration, {where}: of is for a set of classes beside one of pairs, "
            f"{image_set.name} is none"
        )
    if of_pairs and not is_pairs and "of" not in column:
        raise UserError(
            f"configuration, {where}: the rows are pairs: say of which class the pictures of "
            f"{image_set.name} are: of: A or of: B"
        )


def _rows(columns: Sequence[Entry], sets: Sets) -> set[Any]:
    """Return the targets, with a seed each, that all columns have."""
    whole = [_pictures(sets[column["set"]]) for column in columns if "of" not in column]
    rows = set.intersection(*whole)
    for column in columns:
        if "of" in column:
            there = _pictures(sets[column["set"]])
            place = "AB".index(column["of"])
            rows = {(row, seed) for row, seed in rows if ((row[place],), seed) in there}
    return rows


def _pictures(image_set: ImageSet) -> set[Any]:
    return {(target, seed) for target in image_set.targets for seed in image_set.seeds}


def check_feature_comparison(comparison: Entry, sets: Sets, where: str) -> None:
    """Raise UserError for columns that nothing makes, or that have no feature in common."""
    columns = comparison["columns"]
    rows = [_features(column, sets, f"{where}.columns[{i}]") for i, column in enumerate(columns)]
    if not set.intersection(*rows):
        raise UserError(
            f"configuration, {where}: the columns have no feature in common from the same seed: "
            "give sets of the same features, or maps of the same layers, and the same seeds"
        )
    check_titles(columns, where)


def _features(column: Entry, sets: Sets, where: str) -> set[Any]:
    image_set = checked_run(column, sets, where)
    if not image_set.is_of_features or isinstance(image_set, ReadingOrder):
        raise UserError(
            f"configuration, {where}: {image_set.name} has not one picture of each feature: give a "
            "set with features or maps"
        )
    return {(f.name, seed) for f in image_set.features for seed in image_set.seeds}
