"""The distances between the pictures of all columns of a comparison, in pixels and in features.

In pixels they are taken at the smaller side of two columns, as the pictures are, not clipped; in
features in what goes into the last weights of a network, which sees them at its own size.

Pictures are never all in memory, but a tile of each of two columns at a time, some 64 MB, and in
float64, as distances are taken, a few hundred; or, for a network, one block. A column of 400
pictures of 300 px takes the 0.7 GB that one of 100 does. What grows is little: with the pictures
the features of one network, 8 kB each for those of ResNet-50, and with the square of n rows the
distances of two columns, 8 MB for 1,000.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import torch

from preimage.batches import Batch
from preimage.blocks import read_image
from preimage.measures.comparisons.nearness import METRICS, among_others, l2, ssim
from preimage.measures.comparisons.sides import Comparison
from preimage.measures.images.features import Features
from preimage.measures.images.judging import judge
from preimage.networks.network import Network
from preimage.photos import squash
from preimage.status import FAILED
from preimage.tables.comparisons import PIXELS

_TILE = 1 << 26  # bytes of a tile of pictures
Measure = Callable[[np.ndarray, np.ndarray], np.ndarray]

_ROW = ["classes", "class_a", "class_b", "seed"]


def in_pixels(comparison: Comparison, columns: Sequence[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Yield rows COMPARED_IMAGES of a comparison; `columns` are what `in_rows` returns."""
    for i, j in combinations(range(len(columns)), 2):
        distances, alike = _apart(columns[i], columns[j])
        for table in _both_ways(distances, columns[i], columns[j]):
            about = {"metric": "l2", "ssim": alike, "between_seeds": np.nan}
            yield _named(table.assign(**about), comparison, (i, j), PIXELS)


def in_features(
    comparison: Comparison,
    columns: Sequence[pd.DataFrame],
    by: str,
    seen: pd.DataFrame,
    same: pd.Series,
) -> Iterator[pd.DataFrame]:
    """Yield rows COMPARED_IMAGES as the network `by` sees the pictures.

    seen: what `features` returns of them, and of what their sets have of the same by other seeds;
    `place` in a column is its index. same: of each of these, a number that those share which
    differ in their seed alone; a column has its own.
    """
    vectors = [seen.reindex(column.place).to_numpy() for column in columns]
    for metric, measure in METRICS.items():
        seeds = between_seeds(seen, same, measure)
        apart = [column["same"].map(seeds).to_numpy() for column in columns]
        for i, j in combinations(range(len(columns)), 2):
            distances = measure(vectors[i], vectors[j])
            tables = _both_ways(distances, columns[i], columns[j])
            for table, own in zip(tables, (apart[i], apart[j]), strict=True):
                about = {"metric": metric, "ssim": np.nan, "between_seeds": own}
                yield _named(table.assign(**about), comparison, (i, j), by)


def between_seeds(seen: pd.DataFrame, same: pd.Series, measure: Measure) -> pd.Series:
    """Return by the numbers of `same` the mean distance of two of the pictures that have it.

    seen: features [n, F] of pictures that did not fail. NaN where there are not two.
    """
    numbers = same.reindex(seen.index).to_numpy()
    groups = {number: seen.to_numpy()[numbers == number] for number in np.unique(numbers)}
    return pd.Series({n: _mean_apart(measure(v, v)) for n, v in groups.items()}, dtype=float)


def _mean_apart(distances: np.ndarray) -> float:
    pairs = distances[np.triu_indices(len(distances), 1)]
    return float(pairs.mean()) if len(pairs) else np.nan


def features(
    network: Network, pictures: pd.DataFrame, batch: Batch, device: torch.device
) -> pd.DataFrame:
    """Return the features [n, F] of those pictures that did not fail, by the index of `pictures`.

    These are rows of `read_pictures`.
    """
    model = Features(network.model, network.size, device)
    said = {}
    for file, block in pictures[~pictures.status.isin(FAILED)].groupby("file", sort=False):
        images = torch.from_numpy(np.stack([read_image(file, row) for row in block.row]))
        found = judge(model, images, network.size, batch=batch, device=device)
        said |= dict(zip(block.index, found, strict=True))
    width = len(next(iter(said.values()), [np.nan]))
    return pd.DataFrame(np.array([*said.values()]).reshape(-1, width), index=[*said])


def _apart(one: pd.DataFrame, other: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances [n, n] of two columns in pixels, and [n] how alike rows are."""
    side = int(min(one["size"].min(), other["size"].min()))
    distances, alike = np.empty((len(one), len(other))), np.full(len(one), np.nan)
    tiles = _tiles(len(one), side)
    for rows in tiles:
        a = _pixels(one[rows], side)
        for columns in tiles:
            b = _pixels(other[columns], side)
            distances[rows, columns] = l2(a.reshape(len(a), -1), b.reshape(len(b), -1))
            if rows == columns:
                alike[rows] = list(map(_alike, a, b))
    return distances, alike


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    return ssim(one, other) if np.isfinite(one).all() and np.isfinite(other).all() else np.nan


def _tiles(count: int, side: int) -> list[slice]:
    most = max(1, _TILE // (3 * side * side * np.dtype(np.float32).itemsize))
    return [slice(start, start + most) for start in range(0, count, most)]


def _pixels(frame: pd.DataFrame, side: int) -> np.ndarray:
    """Return pictures [n, 3, side, side], float32, NaN where one failed."""
    found = np.full((len(frame), 3, side, side), np.nan, dtype=np.float32)
    for at, row in enumerate(frame.itertuples()):
        if row.status not in FAILED:
            found[at] = squash(torch.from_numpy(read_image(row.file, row.row)), side)
    return found


def _both_ways(
    distances: np.ndarray, one: pd.DataFrame, other: pd.DataFrame
) -> Iterator[pd.DataFrame]:
    """Yield the rows' distances from one column to the other and, `turned`, back."""
    for turned, matrix, theirs in ((False, distances, other), (True, distances.T, one)):
        yield one[_ROW].join(among_others(matrix, theirs.own.to_numpy())).assign(turned=turned)


def _named(
    table: pd.DataFrame, comparison: Comparison, ends: tuple[int, int], by: str
) -> pd.DataFrame:
    """Return the table with what it is of: two columns, in their order, and what sees them."""
    titles = pd.Series([comparison.sides[k].title for k in ends])
    third = None if by == PIXELS else comparison.is_third(by)
    about = {"code": comparison.code, "comparison": comparison.name, "by": by, "third": third}
    turned = table.turned.to_numpy(int)
    one, other = titles[turned].to_numpy(), titles[1 - turned].to_numpy()
    return table.drop(columns="turned").assign(**about, one=one, other=other)
