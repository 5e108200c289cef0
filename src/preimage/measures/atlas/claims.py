"""What the page "Feature Visualization and Deep Dreams" claims of maps by depth, and what is found.

Codes N1 to N4 and M5. *Colours first, then edges, then textures* is judged over the live maps of a
run by Spearman's correlation of a measure with the place of the map's layer: the higher, the later
comes what it measures. Of colours that is colourfulness; of edges, the contrast in small windows
where one direction prevails; of textures, the rest of the contrast, which is of many directions.
Where the claim is of what follows the first layer, whose pictures may be plain colours, that is
left out. Intervals draw maps anew within each layer: they are of these layers of this network.

That late pictures show whole objects is no measure of their colours and edges: it is not run.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from preimage.measures.atlas.layers import by_map
from preimage.measures.statistics.intervals import RESAMPLES, SEED, UNKNOWN, Estimate
from preimage.measures.statistics.verdicts import Between
from preimage.tables.claims import CLAIMS

Array = NDArray[np.float64]
Statistic = Callable[..., Array]
"""Of the depths [..., n] of maps and one or two of their measures [..., n]."""

_PRINCIPLES = "Feature Visualization from First Principles"
_MAPPING = "Mapping InceptionV3 Features"
_AT_ONCE = 100  # resamples: all of them are too much memory for the maps of a whole network
_NOTHING = "nothing in this study"


@dataclass(frozen=True)
class Claim:
    """A sentence of the page, what it is judged by, and where the interval must lie."""

    code: str
    text: str
    statistic: str
    rule: Between
    heading: str = _MAPPING

    def judged(self, compared: str, found: Estimate, n: int) -> dict[str, object]:
        """Return the row of CLAIMS for what is found of `n` maps."""
        return {
            "code": self.code,
            "claim": self.text,
            "heading": self.heading,
            "compared": compared,
            "statistic": self.statistic,
            **found._asdict(),
            "n": n,
            "rule": str(self.rule),
            "verdict": self.rule.verdict(found),
        }

    def not_run(self) -> dict[str, object]:
        """Return the row of CLAIMS where there is nothing to judge by."""
        return self.judged(_NOTHING, UNKNOWN, 0)


@dataclass(frozen=True)
class Trend:
    """How a claim follows from the maps of a run.

    columns: the measures that `value` takes. behind: whether the first layer is left out.
    """

    claim: Claim
    value: Statistic
    columns: tuple[str, ...]
    behind: bool = False


def spearman(depth: Array, measure: Array) -> Array:
    """Return Spearman's correlations [...] of [..., n]; NaN where one does not vary."""
    a, b = (rankdata(values, axis=-1) for values in (depth, measure))
    a, b = (ranks - ranks.mean(axis=-1, keepdims=True) for ranks in (a, b))
    with np.errstate(invalid="ignore"):
        return (a * b).sum(axis=-1) / np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))


def _later(depth: Array, one: Array, other: Array) -> Array:
    return spearman(depth, one) - spearman(depth, other)


def _more_than_first(depth: Array, measure: Array) -> Array:
    first = depth == depth.min()
    means = (measure.mean(axis=-1, where=where) for where in (~first, first))
    return next(means) - next(means)


_ABOVE, _BELOW, _MOST = Between(low=0), Between(high=0), Between(low=0.5)
_RHO = "Spearman's correlation of depth and "
_LESS = " less that of depth and "
_COLOURS = "colourfulness"
_EDGES, _TEXTURES = "contrast in edges of one direction", "contrast of many directions"

_FADE = "Colours come first: they fade with depth."
_PLAIN = (
    "The first layer's pictures are colours with little pattern; those of later layers have it."
)
_THEN_EDGES = "Edges come after colours."
_EDGES_FADE = "Behind the first layer, edges of one direction give way to textures of many."
_THEN_TEXTURES = "Textures come after edges."
_DETAILED = "The deeper the layer, the more detailed its pictures."
_LARGER = "Behind the first layer, patterns grow larger with depth."

TRENDS = (
    Trend(Claim("N1", _FADE, _RHO + _COLOURS, _BELOW), spearman, ("colourfulness",)),
    Trend(
        Claim("N1", _PLAIN, "mean RMS contrast of later layers less that of the first", _ABOVE),
        _more_than_first,
        ("contrast",),
    ),
    Trend(
        Claim("N2", _THEN_EDGES, _RHO + _EDGES + _LESS + _COLOURS, _ABOVE),
        _later,
        ("oriented_contrast", "colourfulness"),
    ),
    Trend(
        Claim("N2", _EDGES_FADE, _RHO + "coherence of edges in small windows", _BELOW),
        spearman,
        ("local_coherence",),
        behind=True,
    ),
    Trend(
        Claim("N3", _THEN_TEXTURES, _RHO + _TEXTURES + _LESS + _EDGES, _ABOVE),
        _later,
        ("unoriented_contrast", "oriented_contrast"),
    ),
    Trend(Claim("N3", _DETAILED, _RHO + "entropy", _ABOVE), spearman, ("entropy",)),
    Trend(
        Claim("N4", _LARGER, _RHO + "mean frequency (cycles/picture)", _BELOW),
        spearman,
        ("centroid_cycles",),
        behind=True,
    ),
)
OBJECTS = Claim(
    "N4", "Last come whole objects.", "none: no measure here tells an object from a texture", _ABOVE
)

_LIKE = "share of maps whose two pictures are more alike than with pictures of others, by "
SAME = {  # by what the pictures of one map differ in
    "recipe": ("M5", "Raw descent and octaves give the same pattern of a map."),
    "metric": ("N1", "L1, L2 and L-infinity losses give the same pattern of a map."),
}


def same(kind: str, score: str) -> Claim:
    """Return the claim that pictures of one map which differ in that are alike: a key of SAME."""
    code, text = SAME[kind]
    return Claim(code, text, _LIKE + score, _MOST, _PRINCIPLES)


def claims(
    maps: pd.DataFrame, similarity: pd.DataFrame, differing: Mapping[str, str]
) -> pd.DataFrame:
    """Return the table CLAIMS of rows FEATURE_MAPS and FEATURE_SIMILARITY.

    differing: in what the columns of each comparison differ, recipe or metric.
    """
    rows = [*_of_depth(maps), *_of_pairs(similarity, differing)]
    return pd.DataFrame(rows, columns=CLAIMS.names).sort_values("code", kind="stable")


def _of_depth(maps: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield what is claimed of every run with several layers, or that there is none."""
    means = by_map(maps)
    apart = means.assign(unoriented_contrast=means.contrast - means.oriented_contrast)
    by_run = apart.groupby(["set", "network"], sort=False)
    runs = {run: live for run, live in by_run if _is_deep(live)}
    for (image_set, network), live in runs.items():
        compared = f"{network}, {image_set}: {live.layer.nunique()} layers"
        yield from (_judged(trend, compared, live) for trend in TRENDS)
    if not runs:
        yield from (trend.claim.not_run() for trend in TRENDS)
    yield OBJECTS.not_run()


def _is_deep(maps: pd.DataFrame) -> bool:
    return maps.depth.nunique() > 1


def _judged(trend: Trend, compared: str, live: pd.DataFrame) -> dict[str, object]:
    part = live[live.depth > live.depth.min()] if trend.behind else live
    fine = part[["depth", *trend.columns]].dropna()  # a plain picture has no edges
    found = estimate(fine, trend.value) if _is_deep(fine) else UNKNOWN
    return trend.claim.judged(compared, found, len(fine))


def estimate(maps: pd.DataFrame, value: Statistic) -> Estimate:
    """Return a statistic of maps with the percentile bootstrap over maps within each layer.

    maps: depth, which must not be the same for all, and the measures in the order that `value`
    takes them. UNKNOWN where a measure does not vary.
    """
    ordered = maps.sort_values("depth", kind="stable").to_numpy(np.float64).T
    whole = float(value(*ordered))
    if np.isnan(whole):
        return UNKNOWN
    drawn = [value(*ordered[:, places]) for places in _within(ordered[0])]
    low, high = np.nanpercentile(np.concatenate(drawn), (2.5, 97.5))
    return Estimate(whole, float(low), float(high))


def _within(depth: Array) -> Iterator[NDArray[np.int64]]:
    """Yield the places [_AT_ONCE, n] of maps drawn anew within their layers; depths must ascend."""
    random = np.random.default_rng(SEED)
    _, first, count = np.unique(depth, return_index=True, return_counts=True)
    start, size = np.repeat(first, count), np.repeat(count, count)
    for _ in range(RESAMPLES // _AT_ONCE):
        yield start + (random.random((_AT_ONCE, len(depth))) * size).astype(np.int64)


def _of_pairs(
    similarity: pd.DataFrame, differing: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    """Yield what is claimed of every two columns of every comparison, or that there is none."""
    for row in similarity.itertuples():
        found = Estimate(row.above, row.above_low, row.above_high)
        compared = f"{row.comparison}: {row.one} to {row.other}"
        yield same(differing[row.comparison], row.score).judged(compared, found, row.n)
    for kind in SAME:
        if kind not in differing.values():
            yield same(kind, "ssim or spectrum").not_run()
