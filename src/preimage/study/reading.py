"""A file of configuration as it is written, and the values in it: read strictly. No torch.

YAML lets a key come twice and forgets the first, lets a few lines stand for millions of values, and
has numbers that are none. Nobody means that, so it is refused before a schema is asked.
"""

import json
import math
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from preimage.errors import UserError

MOST_VALUES = 200_000
"""Of one configuration; the largest study of the project has some thousands."""
_DEEPEST = 40  # lists in lists: a schema asks for no more than a dozen
_OTHER_CODES = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}  # by their byte order marks


def read_study(path: str | Path) -> dict[str, Any]:
    """Return what a file of configuration says, in YAML or JSON of UTF-8, with a mark or without.

    Raises UserError for another encoding, tabs that indent, what is no YAML, a key that comes
    twice, and values that `check_values` refuses.
    """
    text = _text(Path(path))
    try:
        config = _json(text, path) if text.lstrip()[:1] == "{" else None
        config = _yaml(text, path) if config is None else config
    except yaml.YAMLError as error:
        raise UserError(f"configuration, {path}{_place(error)}: {_reason(error)}") from error
    except RecursionError as error:
        raise UserError(f"configuration, {path}: {_TOO_DEEP}") from error
    check_values(config)
    return config


def end_where_unreadable(words: Sequence[str]) -> None:
    """End the process, with one line, where a file that Snakemake is called with is no study.

    For profiles, which Snakemake reads before any file of configuration: of one that is no UTF-8 it
    would show a traceback, and of one that is no YAML not the line.
    """
    for file in _named(words):
        try:
            read_study(file)
        except UserError as error:
            raise SystemExit(str(error)) from None


def _named(words: Sequence[str]) -> list[str]:
    """Return the files behind `--configfile`; where there is none, the Snakefile reads this one."""
    files, among = [], False
    for word in words:
        if word.startswith("-"):
            option, _, file = word.partition("=")
            among = option in ("--configfile", "--configfiles")
            files += [file] * (among and bool(file))
        elif among:
            files.append(word)
    return files or ["config.yaml"]


def check_values(value: object, path: str = "") -> None:
    """Raise UserError for values that no configuration means, whatever their keys say.

    These are texts with control characters, such as a line's end in a name, or that are no Unicode;
    numbers that are infinite or none; keys that are no texts; and more than MOST_VALUES in all.
    """
    for count, (place, found) in enumerate(_values(value, path)):
        if count >= MOST_VALUES:
            raise UserError(
                f"configuration: there are more than {MOST_VALUES} values in it: does an alias "
                "(*name) stand for much more than was meant?"
            )
        if said := _wrong(found):
            raise UserError(f"configuration, {place.lstrip('.') or 'top level'}: {said}")


def _values(value: object, place: str, depth: int = 0) -> Iterator[tuple[str, object]]:
    """Yield keys and values with their place, what contains others first."""
    if depth > _DEEPEST:
        raise UserError(f"configuration, {place.lstrip('.')[:60]}: {_TOO_DEEP}")
    yield place, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{place}.{key}" if isinstance(key, str) else place, _Key(key)
            yield from _values(inner, f"{place}.{key}", depth + 1)
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            yield from _values(inner, f"{place}[{i}]", depth + 1)


_TOO_DEEP = f"lists and mappings are nested more than {_DEEPEST} deep: does one contain itself?"


class _Key:
    """A key, which must be text."""

    def __init__(self, key: object) -> None:
        self.key = key


def _wrong(value: object) -> str:
    match value:
        case _Key(key=str(text)) | str(text):
            odd = next((character for character in text if _is_odd(character)), None)
            if odd:
                return f"{text[:80]!r} has the character {odd!a}, give text of one line without it"
        case _Key(key=key):
            return f"the key {key!r} is no text: put it in quotes"
        case float(number) if not math.isfinite(number):
            return f"{number} is no number that can be meant, give a finite one"
    return ""


def _is_odd(character: str) -> bool:
    """Whether it is a control character, the end of a line or half of a character."""
    return (
        character < " "
        or "\x7f" <= character <= "\x9f"
        or character in "\u2028\u2029"
        or "\ud800" <= character <= "\udfff"
    )


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(f"configuration, {path} cannot be read: {error.strerror}") from error
    for mark, name in _OTHER_CODES.items():
        if raw.startswith(mark):
            raise UserError(f"configuration, {path} is {name}: save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UserError(
            f"configuration, {path}, line {line}: byte {raw[error.start]:#04x} is no UTF-8: save "
            "the file as UTF-8"
        ) from error


def _json(text: str, path: str | Path) -> dict[str, Any] | None:
    """Return what is JSON, which is no YAML where it has tabs; else None."""
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, path))
    except ValueError:
        return None


def _yaml(text: str, path: str | Path) -> dict[str, Any]:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise UserError(
                f"configuration, {path}: keys such as `study:` and `classes:` are wanted at the "
                "beginning of lines"
            )
        _check_keys(node, path, set())
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_keys(node: yaml.Node, path: str | Path, seen: set[int]) -> None:
    """Raise UserError for a key that comes twice; what an alias stands for is looked at once."""
    if id(node) in seen or isinstance(node, yaml.ScalarNode):
        return
    seen.add(id(node))
    lines: dict[Hashable, int] = {}
    for item in node.value:
        key, inner = item if isinstance(item, tuple) else (None, item)
        if isinstance(key, yaml.ScalarNode) and not key.tag.endswith(":merge"):
            line = key.start_mark.line + 1
            if first := lines.get((key.tag, key.value)):
                raise UserError(
                    f"configuration, {path}: the key {key.value!r} is there twice, in line {first} "
                    f"and in line {line}: keep one of them"
                )
            lines[key.tag, key.value] = line
        _check_keys(inner, path, seen)


def _unique(pairs: list[tuple[str, Any]], path: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UserError(f"configuration, {path}: the key {key!r} is there twice: keep one")
        found[key] = value
    return found


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f", line {mark.line + 1}" if mark else ""


def _reason(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    if "'\\t'" in problem:
        return "a tab indents it: indent with spaces"
    return f"this is no YAML: {problem}"
