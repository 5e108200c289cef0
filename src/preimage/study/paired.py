"""What the schema cannot see of pictures of the same feature from several image sets. No torch."""

from collections.abc import Mapping
from typing import Any

from preimage.errors import UserError
from preimage.measures.comparisons.sides import title
from preimage.study.features import features_of, is_of_features
from preimage.study.image_sets import Config, check_named
from preimage.study.targets import seeds

Entry = Mapping[str, Any]


def check_atlas(atlas: Entry, config: Config) -> None:
    """Raise UserError for comparisons of features that nothing makes, or have none in common."""
    names = [entry["name"] for entry in atlas["comparisons"]]
    for i, entry in enumerate(atlas["comparisons"]):
        where = f"atlas.comparisons[{i}] ({entry['name']})"
        if names.count(entry["name"]) > 1:
            raise UserError(f"configuration, {where}: several are called {entry['name']!r}")
        _check_comparison(entry, config, where)


def _check_comparison(comparison: Entry, config: Config, where: str) -> None:
    common: set[tuple[str, int]] | None = None
    for i, column in enumerate(comparison["columns"]):
        entry = _image_set(column, config, f"{where}.columns[{i}]")
        rows = {(f.name, seed) for f in features_of(entry) for seed in seeds(entry)}
        common = rows if common is None else common & rows
    if not common:
        raise UserError(
            f"configuration, {where}: the columns have no feature in common from the same seed: "
            "give sets of the same features, or maps of the same layers, and the same seeds"
        )
    titles = [title(column) for column in comparison["columns"]]
    for name in titles:
        if titles.count(name) > 1:
            raise UserError(f"configuration, {where}: several columns have the title {name!r}")


def _image_set(column: Entry, config: Config, where: str) -> Entry:
    check_named(column["set"], config["image_sets"], f"{where}: image set")
    entry = next(one for one in config["image_sets"] if one["name"] == column["set"])
    if not is_of_features(entry) or "reading_order" in entry:
        raise UserError(
            f"configuration, {where}: {entry['name']} has not one picture of each feature: give a "
            "set with features or maps"
        )
    makers = [{"name": run["network"]} for run in entry["runs"]]
    check_named(column["network"], makers, f"{where}: among the runs of {entry['name']}, network")
    return entry
