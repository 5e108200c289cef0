"""Plans: the small files that tell a step what decides its result."""

from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import yaml

from preimage.errors import UserError, check_keys

P = TypeVar("P", bound="Plan")
Seed = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]


class Plan(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a plan says: a subclass names the keys, their types, and what is left out by default."""

    def data(self) -> Any:  # noqa: ANN401
        """Return all of it as mappings, lists, words and numbers, as in a file."""
        return msgspec.to_builtins(self)

    def given(self, *without: str) -> dict[str, Any]:
        """Return what is neither None nor left out, by key, without some keys."""
        values = msgspec.structs.asdict(self)
        left_out = (None, msgspec.UNSET)
        return {k: v for k, v in values.items() if v not in left_out and k not in without}


def read_plan(path: Path, kind: type[P]) -> P:
    """Read a JSON or YAML file that says what `kind` asks for, and nothing else.

    Raises UserError for another, which names the file and the place in it.
    """
    return _read(path, kind, kind)


def read_list(path: Path, kind: type[P]) -> list[P]:
    """Read a file of a list of what `kind` asks for, as `read_plan` does."""
    return _read(path, list[kind], kind)


def _read(path: Path, whole: Any, kind: type[P]) -> Any:  # noqa: ANN401
    try:
        data = _parsed(path.read_text(encoding="utf-8"))
        for one in data if isinstance(data, list) else [data]:
            if isinstance(one, dict):  # msgspec would not say what is near
                check_keys(one, kind.__struct_fields__, path)
        return msgspec.convert(data, whole)
    except msgspec.ValidationError as error:
        raise UserError(f"{path}: {error}") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"the plan {path} cannot be read: {error}") from error


def _parsed(text: str) -> object:
    try:
        return msgspec.json.decode(text)  # first, for 1e-05 is a number in JSON and a word in YAML
    except msgspec.DecodeError:
        return yaml.safe_load(text)
