"""The one kind of error that speaks to the user."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class UserError(Exception):
    """A mistake in what the user gave: configuration, weights, photo, layer, class, device.

    The message names the thing, where it was read, and what would be right.
    """


def near_matches(word: str, known: list[str], most: int = 3) -> str:
    """Return ``" (did you mean a, b?)"`` for names like `word`, or an empty string."""
    near = get_close_matches(word, known, n=most, cutoff=0.5)
    return f" (did you mean {', '.join(near)}?)" if near else ""


def check_keys(found: Iterable[object], known: Sequence[str], where: object) -> None:
    """Raise UserError for the first key that is not `known`; `where` is for its message."""
    for key in found:
        if key not in known:
            raise UserError(f"{where}: {unknown_key(key, known)}")


def unknown_key(key: object, known: Sequence[str]) -> str:
    """Return what an error says of a key that is not `known`."""
    return f"unknown key {key!r}{near_matches(str(key), list(known))}; known: {', '.join(known)}"
