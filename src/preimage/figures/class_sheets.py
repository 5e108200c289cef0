"""The pictures of an image set of classes, and their descents: network by network."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from preimage.blocks import of, with_pixels
from preimage.figures.curves import draw_traces
from preimage.figures.look import Look
from preimage.figures.pictures import address, choose, circumstances, heading, own_words
from preimage.figures.sheet import sheet
from preimage.figures.stack import stack
from preimage.figures.style import Picture, Plot
from preimage.figures.tiles import tiles

_HEIGHT = 2.9  # inches, of the panels of one network


def set_sheet(
    pictures: pd.DataFrame,
    predictions: pd.DataFrame,
    image_set: str,
    networks: Sequence[str],
    look: Look,
) -> Picture:
    """Return the sheets of a set by these networks, one below the other.

    `pictures` are rows of `read_pictures`; the pixels of one network are in memory at a time.
    """
    made = [of(pictures, image_set, network) for network in networks]
    shown = [choose(whole, look) for whole in made]
    sheets = [
        _sheet(with_pixels(frame), len(whole), predictions, look)
        for frame, whole in zip(shown, made, strict=True)
    ]
    return Picture(stack(sheets), address(pd.concat(shown)))


def _sheet(frame: pd.DataFrame, count: int, predictions: pd.DataFrame, look: Look) -> Image.Image:
    """Return the sheet of some of the `count` pictures that one network made."""
    image_set, network = frame.set.iloc[0], frame.network.iloc[0]
    remark = (
        f"{circumstances(frame)} · {len(frame)} of {count} pictures, below each the first "
        f"class of {network} and its probability; bold green: a class asked for"
    )
    return sheet(
        tiles(_told_apart(frame), own_words(of(predictions, image_set, network))),
        columns=look.columns,
        side=look.tile,
        heading=heading(frame),
        remark=remark,
    )


def _told_apart(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows in which frames, which have one target, say their numbers."""
    if "frame" not in frame or frame.frame.isna().any():
        return frame
    return frame.assign(target=frame.target + frame.frame.map(" · frame {:.0f}".format))


def traces_plot(
    items: pd.DataFrame, traces: pd.DataFrame, image_set: str, octaves: Mapping[str, Sequence[int]]
) -> Plot:
    """Return loss and gradient of the descents of a set by step: a row of panels for each network.

    items: rows ITEMS. traces: rows TRACE. octaves: iterations of each octave, by network.
    """
    made = {network: of(items, image_set, network) for network in octaves}
    descents = {network: of(traces, image_set, network) for network in octaves}

    def draw(figure: Figure) -> None:
        rows = figure.subfigures(len(made), 1, squeeze=False)[:, 0]
        for part, (network, frame) in zip(rows, made.items(), strict=True):
            part.suptitle(f"{heading(frame)}\n{circumstances(frame)}")
            status = _status(frame, descents[network])
            draw_traces(part, descents[network], status, octaves[network])

    return Plot(draw, address(pd.concat(made.values())), _HEIGHT * len(made))


def _status(items: pd.DataFrame, traces: pd.DataFrame) -> pd.Series:
    """Return the status of each descent by item and seed; frames of one descent have its own."""
    descent = items.item.where(items.item.isin(traces.item), items.item.str.rpartition(".")[0])
    first = items.assign(item=descent).drop_duplicates(["item", "seed"])
    return first.set_index(["item", "seed"]).status
