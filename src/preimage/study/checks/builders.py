"""How the configuration says that a network is built, checked without running it. No torch."""

from collections.abc import Mapping
from typing import Any

from preimage.errors import UserError
from preimage.study.modules import source_digest
from preimage.study.sources import weights_file

# What goes only with the one of the two.
_WITH = {"architecture": ("options",), "module": ("arguments", "output")}


def check_builder(entry: Mapping[str, Any], where: str) -> None:
    """Raise UserError unless a network has one builder, what goes with it, and its files."""
    given = [key for key in _WITH if key in entry]
    if len(given) != 1:
        raise UserError(
            f"configuration, {where}: {' and '.join(given) or 'nothing'} says what it is built as: "
            "give either architecture, a name of torchvision's, or module: package.module:callable"
        )
    other = "module" if "architecture" in entry else "architecture"
    for key in _WITH[other]:
        if key in entry:
            raise UserError(f"configuration, {where}: {key} goes with {other}: leave it out")
    _check_input(entry.get("input"), where)
    try:
        weights_file(entry)
        if "module" in entry:
            _check_module(entry)
    except UserError as error:
        raise UserError(f"configuration, network {entry['name']}: {error}") from error


def _check_module(entry: Mapping[str, Any]) -> None:
    source_digest(entry["module"])
    if isinstance(entry["weights"], str):
        raise UserError(
            f"the weights {entry['weights']} are a name of torchvision's, and it is built by a "
            "module: give a file, url, package, or untrained"
        )


def _check_input(asked: object, where: str) -> None:
    """Raise UserError for a range that does not rise; the rest the schema has seen."""
    low, high = asked.get("range", (0, 1)) if isinstance(asked, Mapping) else (0, 1)
    if low >= high:
        raise UserError(
            f"configuration, {where}.input.range: [{low}, {high}] does not rise, as [0, 255] does"
        )
