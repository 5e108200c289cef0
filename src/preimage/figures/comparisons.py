"""The pictures of a comparison: a row a class or pair of classes, a column an image set."""

from collections.abc import Iterator, Sequence

import pandas as pd
from msgspec.structs import replace

from preimage.blocks import with_pixels
from preimage.figures.look import Look
from preimage.figures.pictures import address, choose, circumstances
from preimage.figures.sheet import Line, Name, Tile, sheet
from preimage.figures.style import Picture
from preimage.measures.comparisons.rows import in_rows
from preimage.measures.comparisons.sides import OPPOSITE, SUM, WEAKER, Comparison, Side

_PICTURE = ["set", "network", "item", "seed"]
_FIRST_OF_PAIR = 3  # classes that a network sees in a picture of two


def comparison_sheet(
    comparison: Comparison, pictures: pd.DataFrame, said: pd.DataFrame, look: Look
) -> Picture:
    """Return the columns of a comparison side by side.

    `pictures` are rows of `read_pictures`, and `said` rows PREDICTIONS of no other pictures than
    those of the comparison. Below each picture stands what every network says: the probability of
    the row's class, or of both of its pair, and what it sees first. `look.most` counts pictures.
    """
    whole = in_rows(pictures, comparison.sides)
    shown = _chosen(whole[0], look, len(whole))
    columns = [with_pixels(frame.loc[shown]) for frame in whole]
    picture = sheet(
        list(cells(comparison, columns, said)),
        columns=1 + len(columns),
        side=look.tile,
        heading=f"{comparison.name.replace('_', ' ')} · {comparison.code}",
        remark=f"{_remark(comparison, said)} · {len(shown)} of {len(whole[0])} rows · "
        f"{circumstances(pd.concat(columns))}",
    )
    about = {side.title: address(frame) for side, frame in _zipped(comparison, columns)}
    return Picture(picture, {"comparison": comparison.name, "columns": about})


def _chosen(rows: pd.DataFrame, look: Look, columns: int) -> pd.Index:
    """Return which rows are shown: of the classes to show those that are there, if any is."""
    there = {*rows.class_a, *rows.class_b.dropna()}
    show = tuple(c for c in look.show if c in there)
    return choose(rows, replace(look, show=show, most=max(1, look.most // columns))).index


def cells(
    comparison: Comparison, columns: Sequence[pd.DataFrame], said: pd.DataFrame
) -> Iterator[Name | Tile]:
    """Yield the name of each row and its pictures, with what every network says below."""
    names = {row.class_a: row.name_a for row in said.itertuples()}
    names |= {row.class_b: row.name_b for row in said.dropna(subset="class_b").itertuples()}
    words = said.set_index(_PICTURE).sort_index()
    several = columns[0].seed.nunique() > 1
    for place in columns[0].index:
        row = columns[0].loc[place]
        yield Name(_names(row, names, several))
        for side, frame in _zipped(comparison, columns):
            yield _tile(side, frame.loc[place], words, comparison)


def _names(row: pd.Series, names: dict[int, str], several: bool) -> tuple[str, ...]:
    classes = [names[row.class_a]]
    if not pd.isna(row.class_b):
        classes = [f"A {names[row.class_a]}", f"B {names[row.class_b]}"]
    return (*classes, f"seed {row.seed}") if several else tuple(classes)


def _tile(side: Side, row: pd.Series, words: pd.DataFrame, comparison: Comparison) -> Tile:
    if row.pixels is None:
        return Tile(side.title, None, status=row.status)
    heard = words.loc[[tuple(row[_PICTURE])]].dropna(subset="top1")
    lines = [line for _, said in heard.iterrows() for line in _lines(side, said, comparison)]
    return Tile(side.title, row.pixels, lines=tuple(lines))


def _lines(side: Side, said: pd.Series, comparison: Comparison) -> Iterator[Line]:
    """Yield a line of what a network says of the classes asked for, and lines of what it sees."""
    judge = said.judge + "*" * comparison.is_third(said.judge)
    if pd.isna(said.class_b):
        yield Line(f"{judge}: {said.probability_a:.2f}")
    else:
        yield Line(f"{judge}:")
        yield Line(f"A {said.probability_a:.2f}, B {said.probability_b:.2f}")
    asked = _asked(side, said)
    for k in range(1, 2 if pd.isna(said.class_b) else 1 + _FIRST_OF_PAIR):
        if not pd.isna(said[f"top{k}"]):  # of two classes none is the third
            found = f"{said[f'top{k}_probability']:.2f} {said[f'top{k}_name']}"
            yield Line(found, int(said[f"top{k}"]) in asked)


def _asked(side: Side, said: pd.Series) -> set[int]:
    """Return the classes that a picture is to show: both of a sum, A of A - B, none lowered."""
    both = {said.class_a, said.class_b} if side.kind in (SUM, WEAKER) else {said.class_a}
    return set() if side.kind == OPPOSITE else {int(c) for c in both}


def _remark(comparison: Comparison, said: pd.DataFrame) -> str:
    third = [judge for judge in said.judge.unique() if comparison.is_third(judge)]
    took = "; *: took no part in any picture here" if third else ""
    return (
        "below each picture, what every network says: the probability of the row's class or "
        f"classes, and what it sees first, bold green where that was asked for{took}"
    )


def _zipped(
    comparison: Comparison, columns: Sequence[pd.DataFrame]
) -> Iterator[tuple[Side, pd.DataFrame]]:
    return zip(comparison.sides, columns, strict=True)
