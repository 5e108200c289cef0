"""Plans: the small files that tell a step what decides its result."""

from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from preimage.errors import UserError

P = TypeVar("P", bound="Plan")


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a plan says: a subclass names the keys, their types, and what is left out by default."""


def read_plan(path: Path, kind: type[P]) -> P:
    """Read a JSON or YAML file that says what `kind` asks for, and nothing else.

    Raises UserError for another, which names the file and the place in it.
    """
    try:
        return msgspec.convert(_parsed(path.read_text(encoding="utf-8")), kind)
    except msgspec.ValidationError as error:
        raise UserError(f"the plan {path}: {error}") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"the plan {path} cannot be read: {error}") from error


def _parsed(text: str) -> object:
    try:
        return msgspec.json.decode(text)  # first, for 1e-05 is a number in JSON and a word in YAML
    except msgspec.DecodeError:
        return yaml.safe_load(text)
