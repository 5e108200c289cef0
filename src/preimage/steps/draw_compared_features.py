"""Draw pictures of the same features from several image sets: a row a feature, a column a set.

Below each picture stands how alike it is to that of the first column, marked where that is more
than to most pictures of other features, and in brackets how alike it is to those on average. The
plan is that of `preimage.steps.compare_features` with

    style: {most: 64, tile: 200}

whose keys are those of `preimage.figures.look.Look`, all optional; `most` counts pictures.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from msgspec.structs import replace

from preimage.blocks import read_pictures, with_pixels
from preimage.figures.look import Look
from preimage.figures.pictures import address, choose, circumstances
from preimage.figures.sheet import Line, Name, Tile, sheet
from preimage.figures.style import save_picture
from preimage.measures.atlas.aligned import aligned
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.atlas import FEATURE_PAIRS
from preimage.tables.parquet import read_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("draw_compared_features", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to draw, as above")
    add_pictures(parser)
    add("--pairs", type=Path, required=True, metavar="IN.parquet")
    add("--output", type=Path, required=True, metavar="OUT.png")
    return parser


def main(args: argparse.Namespace) -> None:
    """Draw what the plan in `args` names."""
    plan = read_plan(args.plan, ("name", "code", "columns", "style"))
    look = Look.read(plan["style"], f"{args.plan}, style")
    titles = [column["title"] for column in plan["columns"]]
    whole = aligned(read_pictures(args.images, args.items), plan["columns"])
    shown = choose(whole[0], replace(look, most=max(1, look.most // len(whole)))).index
    columns = [with_pixels(frame.loc[shown]) for frame in whole]
    pairs = read_table(args.pairs, FEATURE_PAIRS)
    remark = (
        f"below each, how alike it is to the picture of {titles[0]}, (in brackets) how alike "
        "pictures of different features are on average, green where most of them are less alike "
        f"· {len(shown)} of {len(whole[0])} rows compared · "
        f"{circumstances(pd.concat(columns))}"
    )
    picture = sheet(
        list(cells(titles, columns, pairs[pairs.comparison == plan["name"]])),
        columns=1 + len(columns),
        side=look.tile,
        heading=f"{plan['name'].replace('_', ' ')} · {plan['code']}",
        remark=remark,
    )
    about = {title: address(frame) for title, frame in zip(titles, columns, strict=True)}
    save_picture(picture, args.output, {"comparison": plan["name"], "columns": about})


def cells(
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


if __name__ == "__main__":
    sys.exit(run(main, parser()))
