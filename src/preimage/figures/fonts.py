"""Fonts for names in any script.

All text is in DejaVu Sans, as Matplotlib brings it, so that figures are the same on every machine.
What it has no letters for is drawn in a font of this machine that has them.
"""

import logging
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.font_manager import FontEntry, fontManager
from matplotlib.ft2font import FT2Font

log = logging.getLogger(__name__)

NAME = "DejaVu Sans"
_BOXES = "Last Resort"  # a font of Matplotlib's that has a box for whatever no other one has


def own_font(*, bold: bool = False) -> Path:
    """Return the file of DejaVu Sans."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / name


def lacking(text: str) -> frozenset[str]:
    """Return the characters of a text that DejaVu Sans has no letters for."""
    return frozenset(c for c in text if ord(c) not in _own_letters() and not c.isspace())


def families(text: str) -> list[str]:
    """Return the names of fonts that have all letters of a text between them, DejaVu Sans first.

    What no font here has is a word in the log.
    """
    return [NAME, *(entry.name for entry in _others(lacking(text)))]


def whole(text: str) -> str | None:
    """Return the file of one other font that has all letters of a text; None if none is needed.

    Where no single font has, it is that of most that DejaVu Sans lacks, if there is any.
    """
    if not (missing := lacking(text)):
        return None
    fonts = _others(missing)
    every = (font.fname for font in fonts if not _missing(frozenset(text), font.fname))
    return next(every, fonts[0].fname if fonts else None)


@cache
def _others(missing: frozenset[str]) -> tuple[FontEntry, ...]:
    """Return fonts of this machine that have these characters between them, the first the most."""
    fonts = []
    for entry, has in sorted(_having(missing), key=lambda found: (-len(found[1]), found[0].name)):
        if has & missing:
            fonts.append(entry)
            missing -= has
    if missing:
        log.warning(
            "no font of this machine has %s: figures show boxes in its place. Install one, such as "
            "Noto Sans CJK; tables and the atlas have it",
            " ".join(sorted(missing)),
        )
    return tuple(fonts)


def _having(missing: frozenset[str]) -> Iterator[tuple[FontEntry, frozenset[str]]]:
    for entry in fontManager.ttflist if missing else ():
        usable = entry.style == "normal" and not entry.name.startswith(_BOXES)
        if usable and (has := missing - _missing(missing, entry.fname)):
            yield entry, has


def _missing(characters: frozenset[str], file: str) -> frozenset[str]:
    try:
        letters = FT2Font(file).get_charmap()
    except (OSError, RuntimeError):  # deleted since Matplotlib listed it, or damaged
        return characters
    return frozenset(c for c in characters if ord(c) not in letters and not c.isspace())


@cache
def _own_letters() -> frozenset[int]:
    return frozenset(FT2Font(str(own_font())).get_charmap())
