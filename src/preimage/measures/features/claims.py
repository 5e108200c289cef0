"""What the page "Feature Visualization" claims of single neurons, and what a study finds of it.

Codes M1 to M3. Pictures that failed are left out. The sample of M1 and M3 are neurons, each by the
mean over its seeds. That of M2 are the rows of a map, each by the mean over its frames and seeds:
a frame has nearly all neurons of the one before it, so that two frames are not two observations.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import pearsonr, ttest_ind

from preimage.measures.statistics.intervals import (
    UNKNOWN,
    Estimate,
    geometric_mean,
    mean,
    shuffled,
    student,
)
from preimage.measures.statistics.verdicts import NOT_RUN, Between
from preimage.status import OK
from preimage.tables.claims import CLAIMS
from preimage.tables.columns import REAL
from preimage.tables.features import AREAS

_PLACED = "A neuron's {} matches the pixels that it changes."
_NEAR = "A neuron changes the pixels around its own place, not those of another neuron."
_WIDER = "A neuron of map 415 reaches wider than one of map 654."
_BRANCH = "It does so because more pixels can reach it, by the architecture of the module."
_DIFFERENT = "Neurons of different maps reach differently wide."
_WHOLE = "One more neuron changes the whole image, not only its own area."
_FARTHER = "One more neuron changes what a neuron alone does not."
_HEADING = "Feature Visualization from First Principles"

# Judgements, ours: what is called a match, and what counts as a change of the whole image.
MATCH = Between(low=0.5)
WHOLE = Between(low=0.5)
WIDER = Between(low=1)
FARTHER = Between(low=1)

LAYER, WIDE, NARROW = "Mixed_6b", 415, 654
_FEW = 6  # maps of a run, of which every pair is compared
_MAP = ["network", "layer", "map", "recipe_digest"]  # and how its pictures are made
_PLACE = ["row", "column"]
_OWN = {"field": "the pixels that can reach it", "disc": "its effective field"}
_COUPLED = {
    "normalised": "not judged: normalised steps scale with every neuron",
    "absolute": "not judged: an absolute loss turns all neurons round at its ceiling",
}

Row = dict[str, object]


def claims(areas: pd.DataFrame, order: pd.DataFrame) -> pd.DataFrame:
    """Return the table CLAIMS of rows AREAS and READING_ORDER."""
    single = areas[(areas.status == OK) & areas.column.notna()]
    rows: list[Row] = []
    for run in _parts(_by_neuron(single), ["set", "network"]):
        rows += [*_placed(run), *_wider(run)]
    for frames in _parts(order[order.status == OK], ["set", *_MAP]):
        rows += _whole(frames, _alone(frames, single))
    return pd.DataFrame(rows, columns=CLAIMS.names).sort_values("code", kind="stable")


def _by_neuron(single: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over seeds of each neuron: a neuron counts once whatever its seeds."""
    measures = [column.name for column in AREAS.columns if column.type == REAL]
    keys = ["set", *_MAP, *_PLACE, "size"]
    return single.groupby(keys, sort=False)[measures].mean().reset_index()


def _parts(rows: pd.DataFrame, keys: Sequence[str]) -> list[pd.DataFrame]:
    """Return the rows of each run or map; where there are none, those."""
    return [part for _, part in rows.groupby(keys, sort=False)] or [rows]


def _alone(frames: pd.DataFrame, single: pd.DataFrame) -> pd.DataFrame:
    """Return the rows AREAS of the same map by the same recipe from the same seeds."""
    keys = [*_MAP, "seed"]
    return single.merge(frames[keys].drop_duplicates(), on=keys)


def _row(code: str, claim: str, run: pd.DataFrame, maps: str, **cells: object) -> Row:
    compared = "no neurons" if run.empty else f"{maps} of {_run(run)}"
    about = {"code": code, "claim": claim, "heading": _HEADING, "compared": compared}
    return about | {**UNKNOWN._asdict(), "n": 0, "verdict": NOT_RUN} | cells


def _run(rows: pd.DataFrame) -> str:
    return f"{rows.network.iloc[0]} ({rows.set.iloc[0]})"


def _judged(found: Estimate, n: int, rule: Between) -> Row:
    return {**found._asdict(), "n": n, "rule": str(rule), "verdict": rule.verdict(found)}


def _placed(run: pd.DataFrame) -> Iterator[Row]:
    """Judge whether the difference from the start is where the neuron is (M1)."""
    there = run.dropna(subset=["place_row", "centroid_row"])
    maps = f"{len(there)} neurons of {', '.join(there.layer.unique())}"
    for axis in ("row", "column"):
        found = _pearson(there[f"place_{axis}"], there[f"centroid_{axis}"])
        cells = _judged(found, len(there), MATCH)
        statistic = f"correlation of the {axis} of its place with that of the difference"
        yield _row("M1", _PLACED.format(axis), run, maps, statistic=statistic, **cells)
    yield _row("M1", _NEAR, run, maps, **_near(there))


def _pearson(a: pd.Series, b: pd.Series) -> Estimate:
    """Return Pearson's correlation with Fisher's interval; UNKNOWN below four, or of a constant."""
    if len(a) < 4 or a.nunique() < 2 or b.nunique() < 2:
        return UNKNOWN
    found = pearsonr(a.to_numpy(float), b.to_numpy(float))
    return Estimate(float(found.statistic), *map(float, found.confidence_interval()))


def _near(there: pd.DataFrame) -> Row:
    """Return how far differences are from their neuron's place, beside places dealt at random."""
    statistic = "distance of the difference's centroid from the neuron's place, over the side"
    places, centroids = (
        there[[f"{what}_row", f"{what}_column"]].to_numpy(float) / there[["size"]].to_numpy()
        for what in ("place", "centroid")
    )
    apart = np.linalg.norm(centroids[:, None] - places[None], axis=2)
    if len(there) < 4:
        rule = "95 % interval below what places dealt at random give"
        return {"statistic": statistic, "rule": rule}
    rule = Between(high=shuffled(apart).low)
    cells = _judged(mean(np.diagonal(apart)), len(there), rule)
    said = f"{rule}, below which 2.5 % of the mean distances are when places are dealt at random"
    return {"statistic": statistic, **cells, "rule": said}


def _wider(run: pd.DataFrame) -> Iterator[Row]:
    """Judge whether one map reaches wider than another (M3).

    Other maps of a layer are compared, not judged, and only where the run has up to 6 maps in all,
    which makes 15 pairs at the most: 768 maps would make 294528.
    """
    page = run[run.layer == LAYER]
    cells = _wide(page[page["map"] == WIDE], page[page["map"] == NARROW])
    maps = f"{LAYER}[{WIDE}] to {LAYER}[{NARROW}]"
    yield _row("M3", _WIDER, run, maps, **cells)
    yield _row("M3", _BRANCH, run, maps, **_fields(page))
    for wide, narrow in _other_pairs(run):
        maps = " to ".join(f"{one.layer.iloc[0]}[{one['map'].iloc[0]}]" for one in (wide, narrow))
        not_judged = {"rule": "not the page's maps", "verdict": NOT_RUN}
        yield _row("M3", _DIFFERENT, run, maps, **_wide(wide, narrow) | not_judged)


def _other_pairs(run: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield every two maps of one layer, but the page's, the one with the higher number first."""
    maps = dict(iter(run.groupby(["layer", "map"])))
    if len(maps) > _FEW:
        return
    for narrow, wide in combinations(sorted(maps), 2):
        if narrow[0] == wide[0] and {narrow, wide} != {(LAYER, WIDE), (LAYER, NARROW)}:
            yield maps[wide], maps[narrow]


def _wide(wide: pd.DataFrame, narrow: pd.DataFrame) -> Row:
    """Return the ratio of the radii of two maps, over the neurons at the same places."""
    pairs = wide.merge(narrow, on=["layer", *_PLACE], suffixes=("", "_narrow"))
    ratio = (pairs.radius_50 / pairs.radius_50_narrow).to_numpy(float)
    statistic = "ratio of the radii with half of the squared difference, same row and column"
    return {"statistic": statistic, **_judged(geometric_mean(ratio), len(pairs), WIDER)}


def _fields(page: pd.DataFrame) -> Row:
    """Return the ratio of the sides of both receptive fields, which has no error."""
    sides = page.dropna(subset=["field_rows"]).groupby("map").field_rows.first()
    there = {WIDE, NARROW} <= {*sides.index}
    ratio = float(sides[WIDE] / sides[NARROW]) if there else np.nan
    statistic = "ratio of the rows that can reach a neuron, exact"
    return {"statistic": statistic, **_judged(Estimate(ratio, ratio, ratio), int(there), WIDER)}


def _whole(frames: pd.DataFrame, alone: pd.DataFrame) -> Iterator[Row]:
    """Judge how far one more neuron of a map changes the picture outside of its own area (M2).

    Not where the recipe itself makes every pixel's step depend on every neuron, in a network of
    unconnected ones too: by steps over the root mean square of the gradient, or by a loss that is
    a distance to its ceiling.
    """
    target = "" if frames.empty else frames.target.iloc[0]
    why = next((words for key, words in _COUPLED.items() if frames[key].any()), None)
    not_judged = {"rule": why, "verdict": NOT_RUN} if why else {}
    for own, words in _OWN.items():
        ratio = frames.groupby("row")[f"ratio_{own}"].mean().dropna().to_numpy(float)
        cells = _judged(student(ratio), len(ratio), WHOLE) | not_judged
        statistic = f"mean change outside of {words} over that inside, by rows of the map"
        yield _row("M2", _WHOLE, frames, target, statistic=statistic, **cells)
    samples = _logarithms(frames, ["row"]), _logarithms(alone, _PLACE)
    cells = _judged(_ratio_of_means(*samples), min(map(len, samples)), FARTHER) | not_judged
    statistic = "the same of its effective field, over that ratio of neurons alone"
    yield _row("M2", _FARTHER, frames, target, statistic=statistic, **cells)


def _logarithms(rows: pd.DataFrame, unit: Sequence[str]) -> np.ndarray:
    """Return the mean logarithm of the positive ratios of each row, or of each neuron."""
    there = rows[rows.ratio_disc > 0]
    logs = there.assign(log=np.log(there.ratio_disc.to_numpy(float)))
    return logs.groupby(list(unit)).log.mean().to_numpy(float)


def _ratio_of_means(a: np.ndarray, b: np.ndarray) -> Estimate:
    """Return the ratio of geometric means of two samples of logarithms, with Welch's interval;
    UNKNOWN with fewer than two.
    """
    if min(len(a), len(b)) < 2:
        return UNKNOWN
    found = ttest_ind(a, b, equal_var=False).confidence_interval()
    return Estimate(*np.exp([a.mean() - b.mean(), found.low, found.high]).tolist())
