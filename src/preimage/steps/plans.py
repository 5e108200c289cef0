"""The small files that tell a step what decides its result."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from preimage.errors import UserError, near_matches


def read_plan(path: Path, keys: Collection[str]) -> dict[str, Any]:
    """Read a JSON or YAML mapping that has exactly `keys`. Raises UserError for another."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"the plan {path} cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise UserError(f"the plan {path} is no mapping of {', '.join(keys)}")
    for key in data:
        if key not in keys:
            near = near_matches(str(key), list(keys))
            raise UserError(f"{path}: unknown key {key!r}{near}; known: {', '.join(keys)}")
    if missing := [key for key in keys if key not in data]:
        raise UserError(f"{path}: {', '.join(missing)} missing")
    return data
