"""Contact sheets of feature maps, and pictures of the same features made in several ways."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from msgspec.structs import replace

from preimage.blocks import read_image, with_pixels
from preimage.errors import UserError
from preimage.figures.look import Look
from preimage.figures.pictures import address, choose, circumstances, heading
from preimage.figures.sheet import Line, Name, Tile, sheet, to_image
from preimage.figures.style import Picture
from preimage.measures.feature_maps.aligned import Comparison, aligned
from preimage.status import OK


def maps_sheet(
    pictures: pd.DataFrame, measured: pd.DataFrame, items: Sequence[str], look: Look
) -> Picture:
    """Return the pictures of some maps of a run, such as those of one layer, in this order.

    All of them are there; a map without a gradient, whose descent failed otherwise, or whose
    picture is still its start, has an empty frame that says so. pictures: rows of `read_pictures`;
    measured: rows FEATURE_MAPS; both of the run.
    """
    frame = _measured(_ordered(pictures, items), measured)
    image = sheet(
        list(tiles(frame, look.tile)),
        columns=look.columns,
        side=look.tile,
        heading=heading(frame),
        remark=f"{circumstances(frame)} · {len(frame)} maps{_failed(frame)}",
    )
    return Picture(image, address(frame))


def _ordered(frame: pd.DataFrame, items: Sequence[str]) -> pd.DataFrame:
    """Return the rows of items in their order, seeds side by side, whatever blocks they are of."""
    places = {item: place for place, item in enumerate(items)}
    if missing := places.keys() - set(frame["item"]):
        raise UserError(f"no picture of {min(missing, key=places.get)} is given")
    shown = frame.assign(place=frame["item"].map(places)).dropna(subset="place")
    return shown.sort_values(["place", "seed"])


def _measured(frame: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the status that the measures give them, which know what is unmoved."""
    statuses = measured[["item", "seed", "status"]]
    found = frame.drop(columns="status").merge(statuses, "left", validate="one_to_one")
    if unknown := list(found["item"][found.status.isna()]):
        raise UserError(f"no measures of {unknown[0]} are given")
    return found


def tiles(frame: pd.DataFrame, side: int) -> Iterator[Tile]:
    """Yield the picture of each map under its address, or why there is none.

    Each has `side` pixels as soon as it is read: all those of a layer may be gigabytes.
    """
    several = frame.seed.nunique() > 1
    for row in frame.itertuples():
        title = f"{row.item} · seed {row.seed}" if several else row.item
        if row.status == OK:
            yield Tile(title, to_image(read_image(row.file, row.row), side))
        else:
            yield Tile(title, None, status=row.status)


def _failed(frame: pd.DataFrame) -> str:
    """Return what became of the maps without a picture, by the reason."""
    counts = frame.status[frame.status != OK].value_counts()
    return "".join(f", {count} {status}" for status, count in counts.items())


def compared_sheet(
    comparison: Comparison, pictures: pd.DataFrame, pairs: pd.DataFrame, look: Look
) -> Picture:
    """Return pictures of the same features: a row a feature, a column an image set.

    Below each picture stands how alike it is to that of the first column, marked where that is
    more than to most pictures of other features, and in brackets how alike it is to those on
    average. `most` of the look counts pictures. pictures: rows of `read_pictures`; pairs: rows
    FEATURE_PAIRS; both of a whole study.
    """
    titles = [column.title for column in comparison.columns]
    whole = aligned(pictures, comparison.columns)
    shown = choose(whole[0], replace(look, most=max(1, look.most // len(whole)))).index
    columns = [with_pixels(frame.loc[shown]) for frame in whole]
    remark = (
        f"below each, how alike it is to the picture of {titles[0]}, (in brackets) how alike "
        "pictures of different features are on average, green where most of them are less alike "
        f"· {len(shown)} of {len(whole[0])} rows compared · "
        f"{circumstances(pd.concat(columns))}"
    )
    image = sheet(
        list(_cells(titles, columns, pairs[pairs.comparison == comparison.name])),
        columns=1 + len(columns),
        side=look.tile,
        heading=f"{comparison.name.replace('_', ' ')} · {comparison.code}",
        remark=remark,
    )
    about = {title: address(frame) for title, frame in zip(titles, columns, strict=True)}
    return Picture(image, {"comparison": comparison.name, "columns": about})


def _cells(
    titles: Sequence[str], columns: Sequence[pd.DataFrame], pairs: pd.DataFrame
) -> Iterator[Name | Tile]:
    """Yield the name of each row and its pictures, with rows FEATURE_PAIRS below."""
    first = pairs[pairs.one == titles[0]].set_index(["other", "item", "seed"]).sort_index()
    several = columns[0].seed.nunique() > 1
    for place in columns[0].index:
        item, seed = columns[0].loc[place, ["item", "seed"]]
        yield Name((item, f"seed {seed}") if several else (item,))
        for title, frame in zip(titles, columns, strict=True):
            found = first.loc[[(title, item, seed)]] if title != titles[0] else first[:0]
            yield _tile(title, frame.loc[place], found.to_dict("records"))


def _tile(title: str, row: pd.Series, found: Sequence[Mapping[str, Any]]) -> Tile:
    if row.pixels is None:
        return Tile(title, None, status=row.status)
    compared = [pair for pair in found if pd.notna(pair["likeness"])]  # not what is unmoved
    return Tile(title, row.pixels, lines=tuple(map(_line, compared)))


def _line(pair: Mapping[str, Any]) -> Line:
    text = f"{pair['score']} {pair['likeness']:.2f} ({pair['to_others']:.2f})"
    return Line(text, hit=pair["above"] > 1 / 2)
