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

from preimage.claims.ledger import Claim, Row, row, table
from preimage.measures.statistics.intervals import (
    UNKNOWN,
    Estimate,
    geometric_mean,
    mean,
    shuffled,
    student,
)
from preimage.measures.statistics.verdicts import NOT_RUN, Between
from preimage.plans import Plan
from preimage.status import OK
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
    "smooth": "not judged: smooth gradients change all of a picture",
    "absolute": "not judged: an absolute loss turns all neurons round at its ceiling",
}


class FeatureClaims(Plan):
    """The runs to judge, of single features and of maps in reading order:
    {single: [[features, inception_v3]], ordered: [[reading_order, inception_v3]]}.
    """

    single: list[tuple[str, str]]
    ordered: list[tuple[str, str]]


def settle_features(plan: FeatureClaims, areas: pd.DataFrame, order: pd.DataFrame) -> pd.DataFrame:
    """Return the table CLAIMS of those rows AREAS and READING_ORDER that the plan names."""
    single, ordered = (
        pd.DataFrame(runs, columns=["set", "network"]) for runs in (plan.single, plan.ordered)
    )
    return claims(areas.merge(single), order.merge(ordered))


def claims(areas: pd.DataFrame, order: pd.DataFrame) -> pd.DataFrame:
    """Return the table CLAIMS of rows AREAS and READING_ORDER."""
    single = areas[(areas.status == OK) & areas.column.notna()]
    rows: list[Row] = []
    for run in _parts(_by_neuron(single), ["set", "network"]):
        rows += [*_placed(run), *_wider(run)]
    for frames in _parts(order[order.status == OK], ["set", *_MAP]):
        rows += _whole(frames, _alone(frames, single))
    return table(rows)


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


def _compared(run: pd.DataFrame, maps: str) -> str:
    return "no neurons" if run.empty else f"{maps} of {run.network.iloc[0]} ({run.set.iloc[0]})"


def _placed(run: pd.DataFrame) -> Iterator[Row]:
    """Judge whether the difference from the start is where the neuron is (M1)."""
    there = run.dropna(subset=["place_row", "centroid_row"])
    compared = _compared(run, f"{len(there)} neurons of {', '.join(there.layer.unique())}")
    for axis in ("row", "column"):
        claim = Claim("M1", _PLACED.format(axis), _HEADING, MATCH)
        found = _pearson(there[f"place_{axis}"], there[f"centroid_{axis}"])
        statistic = f"correlation of the {axis} of its place with that of the difference"
        yield row(claim, compared, statistic, found, len(there))
    yield _near(there, compared)


def _pearson(a: pd.Series, b: pd.Series) -> Estimate:
    """Return Pearson's correlation with Fisher's interval; UNKNOWN below four, or of a constant."""
    if len(a) < 4 or a.nunique() < 2 or b.nunique() < 2:
        return UNKNOWN
    found = pearsonr(a.to_numpy(float), b.to_numpy(float))
    return Estimate(float(found.statistic), *map(float, found.confidence_interval()))


def _near(there: pd.DataFrame, compared: str) -> Row:
    """Judge how far differences are from their neuron's place, beside places dealt at random."""
    statistic = "distance of the difference's centroid from the neuron's place, over the side"
    if len(there) < 4:
        rule = "95 % interval below what places dealt at random give"
        claim = Claim("M1", _NEAR, _HEADING, Between())
        return row(claim, compared, statistic, rule=rule)
    places, centroids = (
        there[[f"{what}_row", f"{what}_column"]].to_numpy(float) / there[["size"]].to_numpy()
        for what in ("place", "centroid")
    )
    apart = np.linalg.norm(centroids[:, None] - places[None], axis=2)
    random = ", below which 2.5 % of the mean distances are when places are dealt at random"
    claim = Claim("M1", _NEAR, _HEADING, Between(high=shuffled(apart).low), random)
    return row(claim, compared, statistic, mean(np.diagonal(apart)), len(there))


def _wider(run: pd.DataFrame) -> Iterator[Row]:
    """Judge whether one map reaches wider than another (M3).

    Other maps of a layer are compared, not judged, and only where the run has up to 6 maps in all,
    which makes 15 pairs at the most: 768 maps would make 294528.
    """
    page = run[run.layer == LAYER]
    compared = _compared(run, f"{LAYER}[{WIDE}] to {LAYER}[{NARROW}]")
    found = _wide(page[page["map"] == WIDE], page[page["map"] == NARROW])
    yield row(_about_width(_WIDER), compared, *found)
    yield row(_about_width(_BRANCH), compared, *_fields(page))
    for wide, narrow in _other_pairs(run):
        maps = " to ".join(f"{one.layer.iloc[0]}[{one['map'].iloc[0]}]" for one in (wide, narrow))
        claim, found = _about_width(_DIFFERENT), _wide(wide, narrow)
        not_judged = {"rule": "not the page's maps", "verdict": NOT_RUN}
        yield row(claim, _compared(run, maps), *found, **not_judged)


def _about_width(text: str) -> Claim:
    return Claim("M3", text, _HEADING, WIDER)


def _other_pairs(run: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield every two maps of one layer, but the page's, the one with the higher number first."""
    maps = dict(iter(run.groupby(["layer", "map"])))
    if len(maps) > _FEW:
        return
    for narrow, wide in combinations(sorted(maps), 2):
        if narrow[0] == wide[0] and {narrow, wide} != {(LAYER, WIDE), (LAYER, NARROW)}:
            yield maps[wide], maps[narrow]


def _wide(wide: pd.DataFrame, narrow: pd.DataFrame) -> tuple[str, Estimate, int]:
    """Return the ratio of the radii of two maps, over the neurons at the same places."""
    pairs = wide.merge(narrow, on=["layer", *_PLACE], suffixes=("", "_narrow"))
    ratio = (pairs.radius_50 / pairs.radius_50_narrow).to_numpy(float)
    statistic = "ratio of the radii with half of the squared difference, same row and column"
    return statistic, geometric_mean(ratio), len(pairs)


def _fields(page: pd.DataFrame) -> tuple[str, Estimate, int]:
    """Return the ratio of the sides of both receptive fields, which has no error."""
    sides = page.dropna(subset=["field_rows"]).groupby("map").field_rows.first()
    there = {WIDE, NARROW} <= {*sides.index}
    ratio = float(sides[WIDE] / sides[NARROW]) if there else np.nan
    statistic = "ratio of the rows that can reach a neuron, exact"
    return statistic, Estimate(ratio, ratio, ratio), int(there)


def _whole(frames: pd.DataFrame, alone: pd.DataFrame) -> Iterator[Row]:
    """Judge how far one more neuron of a map changes the picture outside of its own area (M2).

    Not where the recipe itself makes every pixel's step depend on every neuron, in a network of
    unconnected ones too: by steps over the root mean square of the gradient, by gradients that are
    smoothed, or by a loss that is a distance to its ceiling.
    """
    compared = _compared(frames, "" if frames.empty else frames.target.iloc[0])
    why = next((words for key, words in _COUPLED.items() if frames[key].any()), None)
    not_judged = {"rule": why, "verdict": NOT_RUN} if why else {}
    for own, words in _OWN.items():
        ratio = frames.groupby("row")[f"ratio_{own}"].mean().dropna().to_numpy(float)
        claim = Claim("M2", _WHOLE, _HEADING, WHOLE)
        statistic = f"mean change outside of {words} over that inside, by rows of the map"
        yield row(claim, compared, statistic, student(ratio), len(ratio), **not_judged)
    samples = _logarithms(frames, ["row"]), _logarithms(alone, _PLACE)
    claim = Claim("M2", _FARTHER, _HEADING, FARTHER)
    statistic = "the same of its effective field, over that ratio of neurons alone"
    found, n = _ratio_of_means(*samples), min(map(len, samples))
    yield row(claim, compared, statistic, found, n, **not_judged)


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
