"""Where a picture of a feature differs from its start, and where from another (codes M1 to M3)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from preimage.descent.descend import descend
from preimage.descent.objective import LOGITS, Direction, Objective
from preimage.descent.recipe import Recipe
from preimage.measures.features.fields import Reach, Reaches, Spans, disc

AXES = ("row", "column")
_PARTS = {"radius_50": 0.5, "radius_90": 0.9}


def without_steps(
    recipe: Recipe, seeds: Sequence[int], pictures: dict[str, Tensor]
) -> dict[int, NDArray[np.float32]]:
    """Return, by seed, the picture [3, S, S] that a recipe makes of its start with steps of 0.

    It is resized and blurred as often as any picture of the recipe: what differs from it is what
    gradients did. The start itself would differ everywhere, for the blur takes its noise away.
    """
    still = replace(
        recipe, regularisers={}, octaves=tuple(replace(o, lr=(0.0, 0.0)) for o in recipe.octaves)
    )
    nothing = Objective.of(Direction("nothing", LOGITS))
    networks = {"nothing": nn.Flatten()}
    asked = list(dict.fromkeys(seeds))
    found = descend(
        [nothing] * len(asked), still, networks, seeds=asked, pictures=pictures, batch=1
    )
    return {seed: one.image.float().numpy() for seed, one in zip(asked, found, strict=True)}


def area(
    picture: NDArray[np.float32], start: NDArray[np.float32], reaches: Sequence[Reach]
) -> dict[str, float]:
    """Return where a picture differs from `start`, both [3, S, S], weighted by the square.

    centroid_row, centroid_column, and radius_50 and radius_90 around them, are in pixels; the discs
    hold 50 and 90 % of the squared difference. So are spread_row and spread_column, the standard
    deviations from the centroid. rms_difference: over pixels and colours.
    share_inside: of the square in the boxes of `reaches`. distance: from the centroid to the mean
    of their places. Nothing where the pictures are the same, the last two not without reaches.
    """
    square = squared(picture, start)
    total = square.sum()
    if not total > 0:
        return {}
    at = centroid(square)
    side = square.shape[0]
    return {
        "rms_difference": float(np.sqrt(total / picture.size)),
        **dict(zip(("centroid_row", "centroid_column"), at, strict=True)),
        **{f"centroid_{axis}_share": x / side for axis, x in zip(AXES, at, strict=True)},
        **{f"spread_{axis}": x for axis, x in zip(AXES, spread(square, at), strict=True)},
        **{name: disc(square, at, part) for name, part in _PARTS.items()},
        **({"share_inside": share_inside(square, reaches)} if reaches else {}),
        **({"distance": float(np.linalg.norm(at - place(reaches)))} if reaches else {}),
    }


def squared(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the squared difference [S, S] of two pictures [3, S, S], summed over colours."""
    return np.square(a.astype(np.float64) - b).sum(axis=0)


def centroid(square: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the row and column [2] of the mean of weights [H, W], in pixels."""
    sums = (square.sum(axis=axis) for axis in (1, 0))
    return np.array([np.average(np.arange(len(s)) + 0.5, weights=s) for s in sums])


def spread(square: NDArray[np.float64], at: Sequence[float]) -> NDArray[np.float64]:
    """Return the standard deviations [2] of weights [H, W] along rows and columns, in pixels."""
    sums = (square.sum(axis=axis) for axis in (1, 0))
    apart = ((np.arange(len(s)) + 0.5 - x, s) for s, x in zip(sums, at, strict=True))
    return np.sqrt([np.average(np.square(d), weights=s) for d, s in apart])


def place(reaches: Sequence[Reach]) -> NDArray[np.float64]:
    """Return the row and column [2] of the neurons, the mean over octaves."""
    return np.mean([reach.place for reach in reaches], axis=0)


def share_inside(square: NDArray[np.float64], reaches: Sequence[Reach]) -> float:
    """Return the share of weights [S, S] that is in the box of any octave."""
    inside = np.any([reach.in_box(len(square)) for reach in reaches], axis=0)
    return float(square[inside].sum() / square.sum())


def addressed(objective: str, network: str) -> list[Direction]:
    """Return what an objective asks of a network; nothing if it asks others, or at another size."""
    parts = Objective.parse(objective).parts
    own = [p for p in parts if isinstance(p, Direction) and p.view == (network, None)]
    return own if len(own) == len(parts) else []


def about(terms: Sequence[Direction], found: Reaches) -> dict[str, float]:
    """Return the cells of a table that say which neurons those are, and what reaches them.

    Of neurons of several maps there is no map, of several neurons no row or column.
    """
    reaches, neurons = found(terms), [found.neurons(term) for term in terms]
    cells: dict[str, float] = {}
    if reaches:
        (top, bottom), (left, right) = _around([reach.box for reach in reaches])
        cells |= dict(zip(("place_row", "place_column"), place(reaches).tolist(), strict=True))
        cells |= {"box_top": top, "box_bottom": bottom, "box_left": left, "box_right": right}
    if all(neurons) and len({(n.layer, n.map) for n in neurons}) == 1:
        cells |= {"map": neurons[0].map}
        if len(neurons) == 1 and neurons[0].count == 1:
            cells |= {"row": neurons[0].rows[0], "column": neurons[0].columns[0]}
        if field := found.field(neurons[0].layer, neurons[0].map):
            cells |= dict(zip(("field_rows", "field_columns"), field.size, strict=True))
            cells |= {"effective_radius": reaches[-1].radius}
    return cells


def _around(boxes: Sequence[Spans]) -> Spans:
    ends = np.array(boxes)
    rows, columns = np.stack([ends[..., 0].min(axis=0), ends[..., 1].max(axis=0)], axis=1).tolist()
    return rows, columns


def changes(
    picture: NDArray[np.float32], before: NDArray[np.float32], reaches: Sequence[Reach]
) -> dict[str, float]:
    """Return how much pictures [3, S, S] differ inside and outside of what a new neuron reaches.

    It is the mean absolute difference over pixels and colours; of the boxes (field) and of the
    discs (disc) of any octave; ratio is outside over inside. NaN where there is no pixel.
    """
    change = np.abs(picture.astype(np.float64) - before).mean(axis=0)
    side = len(change)
    own = {
        "field": [reach.in_box(side) for reach in reaches],
        "disc": [reach.in_disc(side) for reach in reaches],
    }
    cells = {"change": float(change.mean())}
    for name, masks in own.items():
        inside = np.any(masks, axis=0) if masks else np.zeros_like(change, dtype=bool)
        parts = {"inside": _mean(change[inside]), "outside": _mean(change[~inside])}
        if not masks:
            parts = dict.fromkeys(parts, np.nan)
        cells |= {f"{part}_{name}": value for part, value in parts.items()}
        cells[f"ratio_{name}"] = _ratio(parts["outside"], parts["inside"])
    return cells


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else np.nan


def _ratio(outside: float, inside: float) -> float:
    return outside / inside if inside > 0 else np.nan
