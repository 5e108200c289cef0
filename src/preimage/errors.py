"""The one kind of error that speaks to the user."""

from difflib import get_close_matches


class UserError(Exception):
    """A mistake in what the user gave: configuration, weights, photo, layer, class, device.

    The message names the thing, where it was read, and what would be right.
    """


def near_matches(word: str, known: list[str], most: int = 3) -> str:
    """Return ``" (did you mean a, b?)"`` for names like `word`, or an empty string."""
    near = get_close_matches(word, known, n=most, cutoff=0.5)
    return f" (did you mean {', '.join(near)}?)" if near else ""
