"""Animations of targets: what their films, strips and curves of logits show, and their addresses.

Each frame of a film shows the picture and the logits that the network which made it gives it, a
strip some of the pictures, curves the logits of the target's classes by every judge.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from textwrap import fill
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from preimage.blocks import frame_of
from preimage.figures.animation import Animation, LogitPanel, Stage
from preimage.figures.films import Film
from preimage.figures.logit_curves import draw_logit_curves
from preimage.figures.look import FilmLook
from preimage.figures.moments import frames, logits_by_judge, moments
from preimage.figures.pictures import circumstances, heading, own_words
from preimage.figures.sheet import sheet
from preimage.figures.strip import IN_STRIP, SIDE, in_strip
from preimage.figures.style import WIDTH, Picture, Plot
from preimage.figures.tiles import tiles
from preimage.plans import Plan

_LINE = 100  # characters of the heading of curves
_ROOM = 0.1  # above and below all logits, as a share of their range


class Animated(Plan):
    """A target whose frames are drawn, made with one seed by one network."""

    set: str
    network: str
    item: str
    seed: int
    frames: int
    objective: str  # in words
    along: Literal["t", "step"]
    classes: list[tuple[int, str]]  # to mark: one or two

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a table of pictures that are of its run and seed."""
        run = (table.set == self.set) & (table.network == self.network)
        return table[run & (table.seed == self.seed)]


@dataclass(frozen=True)
class Shown:
    """The frames of a target and all that is known of them.

    rows: of `frames`. said: of `own_words`. logits: of `logits_by_judge`, the maker first.
    """

    what: Animated
    rows: pd.DataFrame
    said: pd.DataFrame
    logits: Mapping[str, NDArray[np.float32]]

    @property
    def title(self) -> str:
        """What was asked for, and of which layer of which network."""
        return f"{heading(self.rows)} · {self.what.objective}"

    @property
    def address(self) -> dict[str, Any]:
        """What was asked for, and what all frames share."""
        asked = ("set", "network", "item", "seed", "objective")
        shared = ["code", "layer", "recipe", "recipe_digest", "precision"]
        about = {key: getattr(self.what, key) for key in asked}
        return about | {"frames": len(self.rows)} | self.rows[shared].iloc[0].to_dict()


def shown(
    what: Animated, pictures: pd.DataFrame, predictions: pd.DataFrame, logits: pd.DataFrame
) -> Shown:
    """Return what is known of a target, from all rows of `read_pictures`, PREDICTIONS and LOGITS.

    Raises UserError where frames are missing, or what their own network says of them.
    """
    items = [frame_of(what.item, number) for number in range(what.frames)]
    rows = frames(what.of(pictures), items, what.along)
    said = own_words(what.of(predictions))
    return Shown(what, rows, said, logits_by_judge(rows, what.of(logits)))


def film(found: Shown, look: FilmLook) -> Film:
    """Return the film of a target."""
    own = found.logits[found.what.network]
    stage = _stage(found, own, look.logits)
    return Film(Animation(stage, moments(found.rows, own, found.said)), look.fps, found.address)


def _stage(found: Shown, own: NDArray[np.float32], at_least: tuple[float, ...]) -> Stage:
    """Return the stage, with room for the logits of all frames."""
    known = np.append(own[np.isfinite(own)], at_least)
    low, high = (known.min(), known.max()) if len(known) else (0, 0)
    room = _ROOM * (high - low) or 1
    panel = partial(
        LogitPanel,
        targets=dict(found.what.classes),
        classes=own.shape[1],
        span=(low - room, high + room),
    )
    return Stage(found.title, panel)


def strip(found: Shown) -> Picture:
    """Return some of the pictures of a target in a row."""
    some = in_strip(found.rows)
    remark = (
        f"{circumstances(found.rows)} · {len(some)} of {len(found.rows)} frames, below each the "
        "network's first class and its probability"
    )
    cells = tiles(some.assign(target=some.words), found.said)
    picture = sheet(cells, columns=IN_STRIP, side=SIDE, heading=found.title, remark=remark)
    return Picture(picture, found.address)


def curves(found: Shown) -> Plot:
    """Return the logits of a target along its frames, by every judge."""
    what = found.what

    def draw(figure: Figure) -> None:
        figure.suptitle(fill(found.title, _LINE))
        along = (what.along, found.rows.along)
        draw_logit_curves(figure, found.logits, dict(what.classes), along)

    width = max(WIDTH, 2.6 * len(found.logits))
    return Plot(draw, found.address, height=2.8, width=width)
