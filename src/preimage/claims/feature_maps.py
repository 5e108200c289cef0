"""What the page "Feature Visualization and Deep Dreams" claims of maps by depth, and what is found.

Codes N1 to N4 and M5. *Colours first, then edges, then textures* is judged over the live maps of a
run by Spearman's correlation of a measure with the place of the map's layer: the higher, the later
comes what it measures. Of colours that is colourfulness; of edges, the contrast in small windows
where one direction prevails; of textures, the rest of the contrast, which is of many directions.
Where the claim is of what follows the first layer, whose pictures may be plain colours, that is
left out; the first is that of all the maps, were they dead.

What a trend owes to the network's training, and what to its architecture and to the recipe, whose
steps may grow or shrink with depth, shows against a baseline: the same layers without training.

That late pictures show *whole objects* is told by other networks, as
`preimage.measures.feature_maps.objectness` says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from preimage.claims.ledger import Claim, Row, row, table
from preimage.measures.feature_maps.layers import by_map
from preimage.measures.feature_maps.objectness import with_objectness
from preimage.measures.feature_maps.trends import (
    Statistic,
    difference,
    estimate,
    later,
    more_than_first,
    of_last,
    spearman,
)
from preimage.measures.statistics.intervals import Estimate
from preimage.measures.statistics.verdicts import Between
from preimage.plans import Plan
from preimage.tables.feature_maps import OBJECTNESS

_PRINCIPLES = "Feature Visualization from First Principles"
_MAPPING = "Mapping InceptionV3 Features"
_NOTHING = "nothing in this study"


@dataclass(frozen=True)
class Trend:
    """How a claim follows from the maps of a run.

    statistic: what `value` is, in words. columns: the measures that it takes, of `by_map`. behind:
    whether the first layer is left out.
    """

    claim: Claim
    statistic: str
    value: Statistic
    columns: tuple[str, ...]
    behind: bool = False


def _claim(code: str, text: str, rule: Between) -> Claim:
    return Claim(code, text, _MAPPING, rule)


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
_OBJECTS = "Last come whole objects."
_WHOLE = "The pictures of the deepest layer with live maps show whole objects."
_OBJECTNESS = "objectness to networks of other architectures"

TRENDS = (
    Trend(_claim("N1", _FADE, _BELOW), _RHO + _COLOURS, spearman, ("colourfulness",)),
    Trend(
        _claim("N1", _PLAIN, _ABOVE),
        "mean RMS contrast of later layers less that of the first",
        more_than_first,
        ("contrast",),
    ),
    Trend(
        _claim("N2", _THEN_EDGES, _ABOVE),
        _RHO + _EDGES + _LESS + _COLOURS,
        later,
        ("oriented_contrast", "colourfulness"),
    ),
    Trend(
        _claim("N2", _EDGES_FADE, _BELOW),
        _RHO + "coherence of edges in small windows",
        spearman,
        ("local_coherence",),
        behind=True,
    ),
    Trend(
        _claim("N3", _THEN_TEXTURES, _ABOVE),
        _RHO + _TEXTURES + _LESS + _EDGES,
        later,
        ("unoriented_contrast", "oriented_contrast"),
    ),
    Trend(_claim("N3", _DETAILED, _ABOVE), _RHO + "entropy", spearman, ("entropy",)),
    Trend(
        _claim("N4", _LARGER, _BELOW),
        _RHO + "mean frequency (cycles/picture)",
        spearman,
        ("centroid_cycles",),
        behind=True,
    ),
    Trend(_claim("N4", _OBJECTS, _ABOVE), _RHO + _OBJECTNESS, spearman, (OBJECTNESS.name,)),
    Trend(
        _claim("N4", _WHOLE, _ABOVE),
        f"mean {_OBJECTNESS} in that layer",
        of_last,
        (OBJECTNESS.name,),
    ),
)

_LIKE = "mean share of other maps' pictures that a map's two are more alike than, by "
_BY_CHANCE = 0.05  # the p value that a likeness must be below
SAME = {  # by what the pictures of one map differ in
    "recipe": Claim(
        "M5", "Raw descent and octaves give the same pattern of a map.", _PRINCIPLES, _MOST
    ),
    "metric": Claim(
        "N1", "L1, L2 and L-infinity losses give the same pattern of a map.", _PRINCIPLES, _MOST
    ),
}


class MapsRun(Plan):
    """How the maps of a run were made; baselines: the runs that are the same without training."""

    set: str
    network: str
    recipe: str
    normalised: bool
    untrained: bool
    baselines: tuple["MapsRun", ...] = ()

    def __str__(self) -> str:
        # Raw steps are as large as gradients, which depth alone may change.
        steps = "normalised steps" if self.normalised else "raw steps"
        training = ", untrained" if self.untrained else ""
        return f"{self.network}{training} (set {self.set}, recipe {self.recipe}, {steps})"


class Pair(Plan):
    """Two columns of a comparison, whose pictures of one map differ in that alone."""

    comparison: str
    one: str
    other: str
    kind: Literal["recipe", "metric"]


class FeatureMapClaims(Plan):
    """How the maps of each run with several layers were made, which runs are the same without
    training, and in what pictures of one map differ where the page says that they are alike:
    {runs: [{set: maps, network: resnet50, recipe: octaves, normalised: true, untrained: false,
    baselines: [{set: maps, network: random, recipe: octaves, ..., untrained: true}]}],
    pairs: [{comparison: raw_and_octaves, one: raw, other: octaves, kind: recipe}]}.
    """

    runs: list[MapsRun]
    pairs: list[Pair]


def settle_feature_maps(
    plan: FeatureMapClaims,
    maps: pd.DataFrame,
    objectness: pd.DataFrame,
    similarity: pd.DataFrame,
) -> pd.DataFrame:
    """Return the table CLAIMS of rows FEATURE_MAPS, PICTURED_OBJECTS and FEATURE_SIMILARITY."""
    return claims(with_objectness(maps, objectness), similarity, plan.runs, plan.pairs)


def claims(
    maps: pd.DataFrame,
    similarity: pd.DataFrame,
    runs: Sequence[MapsRun] = (),
    pairs: Sequence[Pair] = (),
) -> pd.DataFrame:
    """Return the table CLAIMS of rows FEATURE_MAPS with OBJECTNESS, and of FEATURE_SIMILARITY.

    A run of maps that is not among `runs` says nothing of depth; two columns that are not among
    `pairs` are alike or not, but that is no claim.
    """
    return table([*_of_depth(maps, runs), *_of_pairs(similarity, pairs)])


def _of_depth(maps: pd.DataFrame, runs: Sequence[MapsRun]) -> Iterator[Row]:
    """Yield what is claimed of every run with several layers, or that there is none."""
    means = by_map(maps)
    live = means.assign(unoriented_contrast=means.contrast - means.oriented_contrast)
    for run in runs:
        own = _of(live, run)
        about = f"{own.layer.nunique()} layers with live maps, {run}"
        for trend in TRENDS:
            fine = _fine(trend, own)
            found = estimate(fine, trend.value)
            yield row(trend.claim, about, trend.statistic, found, _count(trend, fine))
        for baseline in run.baselines:
            yield from _against(own, _of(live, baseline), f"{run} less {baseline}")
    if not runs:
        yield from (row(trend.claim, _NOTHING, trend.statistic) for trend in TRENDS)


def _of(maps: pd.DataFrame, run: MapsRun) -> pd.DataFrame:
    return maps[(maps["set"] == run.set) & (maps.network == run.network)]


def _fine(trend: Trend, live: pd.DataFrame) -> pd.DataFrame:
    """Return depth and measures of the maps that a trend is of; a plain picture has no edges."""
    part = live[live.depth > 0] if trend.behind else live
    return part[["depth", *trend.columns]].dropna()


def _count(trend: Trend, fine: pd.DataFrame) -> int:
    """Return how many maps a statistic is of."""
    counted = fine.depth == fine.depth.max() if trend.value is of_last else fine.depth >= 0
    return int(counted.sum())


def _against(own: pd.DataFrame, baseline: pd.DataFrame, about: str) -> Iterator[Row]:
    """Yield by how much more each trend is what is claimed than without training."""
    for trend in TRENDS:
        one, other = _fine(trend, own), _fine(trend, baseline)
        found = difference(one, other, trend.value)
        count = _count(trend, one) + _count(trend, other)
        claim = replace(trend.claim, text=f"{trend.claim.text} More so by training.")
        statistic = f"{trend.statistic}, less that without training"
        yield row(claim, about, statistic, found, count)


def _of_pairs(similarity: pd.DataFrame, pairs: Sequence[Pair]) -> Iterator[Row]:
    """Yield what is claimed of two columns of a comparison, or that there are none."""
    asked = pd.DataFrame(map(Plan.data, pairs), columns=["comparison", "one", "other", "kind"])
    found = similarity.merge(asked, on=["comparison", "one", "other"])
    yield from map(_alike, found.to_dict("records"))
    for kind, claim in SAME.items():
        if kind not in set(asked.kind):
            yield row(claim, _NOTHING, f"{_LIKE}ssim or spectrum")


def _alike(one: Mapping[str, Any]) -> Row:
    """Return what a row FEATURE_SIMILARITY says: above chance by its interval and by shuffles."""
    return row(
        SAME[one["kind"]],
        f"{one['comparison']}: {one['one']} to {one['other']}",
        f"{_LIKE}{one['score']}",
        Estimate(one["above"], one["above_low"], one["above_high"]),
        one["n"],
        given=f", p of shuffles below {_BY_CHANCE:g}",
        by_chance=not one["p_value"] < _BY_CHANCE,
    )
