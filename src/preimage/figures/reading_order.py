"""A map whose neurons are added one by one: as a film, as a strip, and what each neuron changes as
curves (code M2).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from preimage.blocks import frame_of, of, read_image
from preimage.figures.animation import Animation, Moment, Stage
from preimage.figures.films import Film
from preimage.figures.moments import frames
from preimage.figures.neurons import NeuronPanel, Newest, draw_changes
from preimage.figures.pictures import circumstances
from preimage.figures.sheet import Tile, sheet
from preimage.figures.strip import SIDE, in_strip
from preimage.figures.style import Picture, Plot
from preimage.measures.features.reading import newest
from preimage.plans import Plan
from preimage.status import OK


class ReadMap(Plan):
    """A map, by its set and network, and how many frames it has from the seed to show."""

    set: str
    network: str
    item: str
    frames: int
    seed: int


@dataclass(frozen=True)
class Reading:
    """The frames of a map.

    rows: of `preimage.figures.moments.frames`. neurons: the newest of each frame.
    """

    map: ReadMap
    rows: pd.DataFrame
    neurons: Sequence[Newest]

    @classmethod
    def of(cls, read: ReadMap, pictures: pd.DataFrame) -> "Reading":
        """Find the frames among rows of `read_pictures`."""
        own = of(pictures, read.set, read.network)
        names = [frame_of(read.item, number) for number in range(read.frames)]
        rows = frames(own[own.seed == read.seed], names, "step")
        neurons = [Newest(*newest(objective).index[1:]) for objective in rows.objective]
        words = [f"up to [{row}, {column}]" for row, column in neurons]
        return cls(read, rows.assign(words=words), neurons)

    @property
    def title(self) -> str:
        """What stands above all figures."""
        return f"{self.map.set.replace('_', ' ')} · {self.map.network}:{self.map.item}"

    @property
    def address(self) -> dict[str, Any]:
        """What the figures show: what was asked for, and what all frames share."""
        shared = ["code", "layer", "recipe", "recipe_digest", "precision"]
        asked = {key: getattr(self.map, key) for key in ("set", "network", "item", "seed")}
        return asked | {"frames": len(self.rows)} | self.rows[shared].iloc[0].to_dict()


def film(reading: Reading, fps: float) -> Film:
    """Return the pictures frame by frame, beside each the neurons asked for so far."""
    panel = partial(NeuronPanel, shape=tuple(np.max(reading.neurons, axis=0) + 1))
    moments = _moments(reading)
    return Film(Animation(Stage(reading.title, panel), moments), fps, reading.address)


def _moments(reading: Reading) -> list[Callable[[], Moment]]:
    """Return each frame as something to call, which reads its picture."""
    pairs = zip(reading.rows.to_dict("records"), reading.neurons, strict=True)
    return [partial(_moment, row, neuron) for row, neuron in pairs]


def _moment(row: Mapping[str, Any], neuron: Newest) -> Moment:
    pixels = read_image(row["file"], row["row"]) if row["status"] == OK else None
    words = f"neurons {row['words']} · loss {row['loss_end']:.4g}"
    return Moment(pixels, neuron, words, row["status"])


def strip(reading: Reading) -> Picture:
    """Return some of the pictures in a row, below each how many neurons it is of."""
    rows = reading.rows
    shown = in_strip(rows)
    tiles = [
        Tile(row.words, row.pixels, f"neurons: {row.frame + 1}", status=row.status)
        for row in shown.itertuples()
    ]
    remark = (
        f"{circumstances(rows)} · {len(shown)} of {len(rows)} frames, above each its last neuron"
    )
    image = sheet(tiles, columns=len(tiles), side=SIDE, heading=reading.title, remark=remark)
    return Picture(image, reading.address)


def changes_plot(reading: Reading, order: pd.DataFrame) -> Plot:
    """Return what each neuron changes, of rows READING_ORDER of a study."""
    read = reading.map
    own = of(order, read.set, read.network)
    changes = own[(own.target == read.item) & (own.seed == read.seed)]

    def draw(figure: Figure) -> None:
        figure.suptitle(f"{reading.title}\nwhat one more neuron changes")
        draw_changes(figure, changes)

    return Plot(draw, reading.address, height=3.0)
