"""How alike pictures of the same feature are that come from several image sets (M5, metrics)."""

from collections.abc import Iterator
from itertools import combinations

import pandas as pd

from preimage.descent.recipe import Recipe
from preimage.measures.feature_maps.aligned import Comparison, aligned
from preimage.measures.feature_maps.likeness import pairs, scores, summary
from preimage.measures.feature_maps.moved import live_pixels
from preimage.progress import progress


def compared(
    comparison: Comparison, pictures: pd.DataFrame
) -> Iterator[tuple[pd.DataFrame, dict[str, object]]]:
    """Yield rows FEATURE_PAIRS and the row FEATURE_SIMILARITY of two columns by one score.

    Each picture is compared with those of other features, too, for a baseline. pictures: rows of
    `read_pictures`; those of one comparison are in memory at a time, at most `aligned.MOST` of a
    column.
    """
    columns, name = comparison.columns, comparison.name
    rows = aligned(pictures, columns)
    recipes = [Recipe.read(c.recipe, f"the comparison {name}, {c.title}") for c in columns]
    pixels = [live_pixels(*column) for column in zip(rows, recipes, strict=True)]
    both = list(combinations(range(len(columns)), 2))
    for i, j in progress(both, f"compare {name}", unit="pair"):
        about = {"code": comparison.code, "comparison": name}
        about |= {"one": columns[i].title, "other": columns[j].title}
        for score, matrix in scores(pixels[i], pixels[j]).items():
            named = about | {"score": score}
            yield pairs(matrix, rows[0]).assign(**named), named | summary(matrix, rows[0])
