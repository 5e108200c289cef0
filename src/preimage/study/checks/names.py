"""Names in a configuration that something must bear. No torch."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from preimage.descent.recipe import Recipe
from preimage.errors import UserError, near_matches
from preimage.measures.comparisons.sides import title
from preimage.study.kinds import ImageSet

Config = Mapping[str, Any]
Entry = Mapping[str, Any]


def check_named(name: str, known: Iterable[str], where: str) -> None:
    """Raise UserError where `known` has not that name; `where` says what is called so."""
    known = list(known)
    if name not in known:
        raise UserError(
            f"configuration, {where} {name!r} is not there{near_matches(name, known)}; "
            f"there are: {', '.join(known) or 'none'}"
        )


def names_of(entries: Iterable[Entry]) -> list[str]:
    """Return the names of entries of the configuration."""
    return [entry["name"] for entry in entries]


def check_unique(names: Sequence[str], said: str) -> None:
    """Raise UserError for a name that comes twice; `said` has {count} and {name}."""
    for name in names:
        if (count := names.count(name)) > 1:
            raise UserError(f"configuration, {said.format(count=count, name=repr(name))}")


def check_files(files: Mapping[str, Iterable[str]]) -> None:
    """Raise UserError for a file that two results of a study would be; `files` are by rule."""
    makers: dict[str, str] = {}
    for rule, own in files.items():
        for file in own:
            if other := makers.get(file):
                raise UserError(
                    f"configuration: two results would both be {file}, of {other} and of {rule}: "
                    "give networks, sets, comparisons and spaces names that do not read like two "
                    "of them joined"
                )
            makers[file] = rule


def check_titles(columns: Sequence[Entry], where: str) -> None:
    """Raise UserError for columns of a comparison that have the same title."""
    check_unique([title(c) for c in columns], where + ": {count} columns have the title {name}")


def checked_run(
    run: Entry, sets: Mapping[str, ImageSet], where: str, what: str = ": image set"
) -> ImageSet:
    """Return the image set of an entry that names a run, which must be there."""
    check_named(run["set"], sets, f"{where}{what}")
    check_named(
        run["network"], sets[run["set"]].runs, f"{where}: among the runs of {run['set']}, network"
    )
    return sets[run["set"]]


def recipe_named(name: str, config: Config) -> Recipe:
    """Return the recipe of that name. Raises UserError for values a recipe cannot have."""
    data = next(recipe for recipe in config["recipes"] if recipe["name"] == name)
    return Recipe.read(data, f"configuration, recipe {name}")
