"""What the page "Feature Visualization" claims of single neurons, and what a study finds of it.

Codes M1 to M3. Neurons are the sample of M1 and M3, frames that of M2: neighbouring frames have
most of their neurons in common, so its interval is shorter than one over independent pictures.
Pictures that failed are left out.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import pearsonr, ttest_ind

from preimage.measures.statistics.intervals import UNKNOWN, Estimate, geometric_mean, mean, shuffled
from preimage.measures.statistics.verdicts import NOT_RUN, Between
from preimage.status import OK
from preimage.tables.claims import CLAIMS

_PLACED = "A neuron's {} matches the pixels that it changes."
_NEAR = "A neuron changes the pixels around its own place, not those of another neuron."
_WIDER = "A neuron of map 415 reaches wider than one of map 654."
_BRANCH = "It does so because more pixels can reach it, by the architecture of the module."
_WHOLE = "One more neuron changes the whole image, not only its own area."
_FARTHER = "One more neuron changes what a neuron alone does not."
_HEADING = "Feature Visualization from First Principles"

# Judgements, ours: what is called a match, and what counts as a change of the whole image.
MATCH = Between(low=0.5)
WHOLE = Between(low=0.5)
WIDER = Between(low=1)
FARTHER = Between(low=1)

LAYER, WIDE, NARROW = "Mixed_6b", 415, 654
_PLACE = ["layer", "row", "column", "seed"]
_MAP = ["network", "layer", "map"]
_OWN = {"field": "the pixels that can reach it", "disc": "its effective field"}

Row = dict[str, object]


def claims(areas: pd.DataFrame, order: pd.DataFrame) -> pd.DataFrame:
    """Return the table CLAIMS of rows AREAS and READING_ORDER."""
    single = areas[(areas.status == OK) & areas.column.notna()]
    runs = [run for _, run in single.groupby(["set", "network"], sort=False)]
    rows: list[Row] = []
    for run in runs or [single]:
        rows += [*_placed(run), *_wider(run)]
    rows += _whole(order[order.status == OK], single)
    return pd.DataFrame(rows, columns=CLAIMS.names).sort_values("code", kind="stable")


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
    """Judge whether one map reaches wider than another (M3); others are compared, not judged."""
    page = run[run.layer == LAYER]
    cells = _wide(page[page["map"] == WIDE], page[page["map"] == NARROW])
    maps = f"{LAYER}[{WIDE}] to {LAYER}[{NARROW}]"
    yield _row("M3", _WIDER, run, maps, **cells)
    yield _row("M3", _BRANCH, run, maps, **_fields(page))
    for layer, rows in run.groupby("layer", sort=False):
        for wide, narrow in combinations(sorted(rows["map"].unique(), reverse=True), 2):
            if (layer, wide, narrow) in ((LAYER, WIDE, NARROW), (LAYER, NARROW, WIDE)):
                continue
            found = _wide(rows[rows["map"] == wide], rows[rows["map"] == narrow])
            not_judged = {"rule": "not the page's maps", "verdict": NOT_RUN}
            maps = f"{layer}[{wide}] to {layer}[{narrow}]"
            claim = "Neurons of different maps reach differently wide."
            yield _row("M3", claim, run, maps, **found | not_judged)


def _wide(wide: pd.DataFrame, narrow: pd.DataFrame) -> Row:
    """Return the ratio of the radii of two maps, over the neurons at the same places."""
    pairs = wide.merge(narrow, on=_PLACE, suffixes=("", "_narrow"))
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


def _whole(order: pd.DataFrame, single: pd.DataFrame) -> Iterator[Row]:
    """Judge how far one more neuron changes the picture outside of its own area (M2)."""
    maps = [rows for _, rows in order.groupby(["set", *_MAP], sort=False)]
    for rows in maps or [order]:
        target = "" if rows.empty else rows.target.iloc[0]
        for own, words in _OWN.items():
            ratio = rows[f"ratio_{own}"].dropna().to_numpy(float)
            statistic = f"mean change outside of {words} over that inside"
            cells = _judged(mean(ratio), len(ratio), WHOLE)
            yield _row("M2", _WHOLE, rows, target, statistic=statistic, **cells)
        alone = single.merge(rows[_MAP].drop_duplicates(), on=_MAP)
        statistic = "the same of its effective field, over that ratio of neurons alone"
        more = _positive(rows.ratio_disc), _positive(alone.ratio_disc)
        cells = _judged(_ratio_of_means(*more), min(map(len, more)), FARTHER)
        yield _row("M2", _FARTHER, rows, target, statistic=statistic, **cells)


def _positive(values: pd.Series) -> np.ndarray:
    """Return the values that have a logarithm."""
    return values[values > 0].to_numpy(float)


def _ratio_of_means(a: np.ndarray, b: np.ndarray) -> Estimate:
    """Return the ratio of geometric means with Welch's interval; UNKNOWN with fewer than two."""
    if min(len(a), len(b)) < 2:
        return UNKNOWN
    found = ttest_ind(np.log(a), np.log(b), equal_var=False).confidence_interval()
    value = np.log(a).mean() - np.log(b).mean()
    return Estimate(*np.exp([value, found.low, found.high]).tolist())
