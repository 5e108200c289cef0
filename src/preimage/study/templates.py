"""Objectives of image sets as the configuration writes them, with letters for what they ask for.

A and B stand for classes, P for a picture, F for a feature, each of the network that makes the set
or, as ``googlenet:A``, of the one named before it; t is the time from 0 to 1 of a set with frames.
"""

import re
from collections.abc import Callable, Sequence

_LETTER = re.compile(r"(?:(?P<view>[A-Za-z_][\w.-]*(?:@\d+)?):)?\b(?P<letter>[ABFP])\b")
_TIME = re.compile(r"(?P<left>\(1 - t\))|\bt\b")


def letters(template: str) -> set[str]:
    """Return which of A, B, F and P a template has."""
    return {found["letter"] for found in _LETTER.finditer(template)}


def networks(template: str) -> set[str]:
    """Return the networks that a template names, at whatever size they see the picture."""
    views = (found["view"] for found in _LETTER.finditer(template))
    return {view.partition("@")[0] for view in views if view}


def filled(template: str, address: Callable[[str, str], str]) -> str:
    """Return an image set's objective with something in place of its letters.

    That is ``address(view, letter)``, where view is what stands before a letter, such as googlenet
    or googlenet@224, or nothing.
    """
    return _LETTER.sub(lambda found: address(found["view"] or "", found["letter"]), template)


def named(template: str, classes: Sequence[str]) -> str:
    """Return what is asked for in words; a picture of a class goes by the name of the class."""
    if letters(template) == {"P"}:
        return classes[0]
    return filled(
        template,
        lambda view, letter: f"{view}:" * bool(view) + classes["AB".index(letter)],
    )


def moves(template: str) -> bool:
    """Say whether an image set's objective changes with the time t."""
    return bool(_TIME.search(template))


def at_time(template: str, t: float) -> str:
    """Return an image set's objective at time `t`, from 0 to 1."""
    return _TIME.sub(lambda found: f"{1 - t if found['left'] else t:.6g}", template)
