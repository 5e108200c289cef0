"""The small files that tell a step what decides its result."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from preimage.errors import UserError, check_keys

NETWORK = ("name", "architecture", "size", "categories", "weights")  # of a network's plan


def read_plan(path: Path, keys: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """Read a JSON or YAML mapping that has `keys` and nothing else, except for `optional` ones.

    Raises UserError for another.
    """
    known = [*keys, *optional]
    try:
        data = _parsed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"the plan {path} cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise UserError(f"the plan {path} is no mapping of {', '.join(known)}")
    check_keys(data, known, path)
    if missing := [key for key in keys if key not in data]:
        raise UserError(f"{path}: {', '.join(missing)} missing")
    return data


def _parsed(text: str) -> Any:  # noqa: ANN401  the caller checks what it is
    try:
        return json.loads(text)  # first, because 1e-05 is a number in JSON and a word in YAML
    except ValueError:
        return yaml.safe_load(text)
