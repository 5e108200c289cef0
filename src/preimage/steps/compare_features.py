"""Measure how alike pictures of the same feature are that come from several image sets.

Each is compared with the pictures of other features, too, for a baseline. The plan is such as

    name: raw_and_octaves
    code: M5
    columns:
      - {set: maps_raw, network: inception_v3, title: raw, recipe: {octaves: [...], start: ...}}
      - {set: maps, network: inception_v3, title: octaves, recipe: {octaves: [...], start: ...}}

Rows are the features and seeds that all columns have, or 64 of them: all are compared with all.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from preimage.blocks import read_pictures
from preimage.descent.recipe import Recipe
from preimage.measures.atlas.aligned import aligned
from preimage.measures.atlas.likeness import Pictures, pairs, scores, summary
from preimage.measures.atlas.moved import live_pixels
from preimage.progress import progress
from preimage.steps.cli import add_pictures, run, step_parser
from preimage.steps.plans import read_plan
from preimage.tables.atlas import FEATURE_PAIRS, FEATURE_SIMILARITY
from preimage.tables.parquet import write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("compare_features", __doc__)
    add = parser.add_argument
    add("--plan", type=Path, required=True, help="what to compare, as above")
    add_pictures(parser)
    add("--pairs", type=Path, required=True, metavar="OUT.parquet")
    add("--similarity", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write how alike the columns of the plan in `args` are."""
    plan = read_plan(args.plan, ("name", "code", "columns"))
    pictures = read_pictures(args.images, args.items)
    rows = aligned(pictures, plan["columns"])
    recipes = [Recipe.read(c["recipe"], f"{args.plan}, {c['title']}") for c in plan["columns"]]
    columns = [live_pixels(*column) for column in zip(rows, recipes, strict=True)]
    found = list(_compared(plan, rows[0], columns))
    write_table(pd.concat(part for part, _ in found), args.pairs, FEATURE_PAIRS)
    write_table(pd.DataFrame([row for _, row in found]), args.similarity, FEATURE_SIMILARITY)


def _compared(
    plan: Mapping[str, Any], rows: pd.DataFrame, columns: Sequence[Pictures]
) -> Iterator[tuple[pd.DataFrame, dict[str, object]]]:
    """Yield rows FEATURE_PAIRS and the row FEATURE_SIMILARITY of two columns by one score."""
    about = {"code": plan["code"], "comparison": plan["name"]}
    both = list(combinations(range(len(columns)), 2))
    for i, j in progress(both, f"compare {plan['name']}", unit="pair"):
        ends = {"one": plan["columns"][i]["title"], "other": plan["columns"][j]["title"]}
        for name, matrix in scores(columns[i], columns[j]).items():
            named = about | ends | {"score": name}
            yield pairs(matrix, rows).assign(**named), named | summary(matrix, rows)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
