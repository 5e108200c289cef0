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
from typing import Any

import pandas as pd

from preimage.measures.feature_maps.layers import by_map
from preimage.measures.feature_maps.trends import (
    Statistic,
    difference,
    estimate,
    later,
    more_than_first,
    of_last,
    spearman,
)
from preimage.measures.statistics.intervals import UNKNOWN, Estimate
from preimage.measures.statistics.verdicts import INCONCLUSIVE, REPRODUCED, Between
from preimage.tables.claims import CLAIMS
from preimage.tables.feature_maps import OBJECTNESS

Plan = Mapping[str, Any]

_PRINCIPLES = "Feature Visualization from First Principles"
_MAPPING = "Mapping InceptionV3 Features"
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

    def by_training(self) -> "Claim":
        """Return the claim that it holds more than without training."""
        text = f"{self.text} More so by training."
        return replace(self, text=text, statistic=f"{self.statistic}, less that without training")

    def not_run(self) -> dict[str, object]:
        """Return the row of CLAIMS where there is nothing to judge by."""
        return self.judged(_NOTHING, UNKNOWN, 0)


@dataclass(frozen=True)
class Trend:
    """How a claim follows from the maps of a run.

    columns: the measures that `value` takes, of `by_map`. behind: whether the first layer is left
    out.
    """

    claim: Claim
    value: Statistic
    columns: tuple[str, ...]
    behind: bool = False


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
    Trend(Claim("N1", _FADE, _RHO + _COLOURS, _BELOW), spearman, ("colourfulness",)),
    Trend(
        Claim("N1", _PLAIN, "mean RMS contrast of later layers less that of the first", _ABOVE),
        more_than_first,
        ("contrast",),
    ),
    Trend(
        Claim("N2", _THEN_EDGES, _RHO + _EDGES + _LESS + _COLOURS, _ABOVE),
        later,
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
        later,
        ("unoriented_contrast", "oriented_contrast"),
    ),
    Trend(Claim("N3", _DETAILED, _RHO + "entropy", _ABOVE), spearman, ("entropy",)),
    Trend(
        Claim("N4", _LARGER, _RHO + "mean frequency (cycles/picture)", _BELOW),
        spearman,
        ("centroid_cycles",),
        behind=True,
    ),
    Trend(
        Claim("N4", _OBJECTS, _RHO + _OBJECTNESS, _ABOVE),
        spearman,
        (OBJECTNESS.name,),
    ),
    Trend(
        Claim("N4", _WHOLE, f"mean {_OBJECTNESS} in that layer", _ABOVE),
        of_last,
        (OBJECTNESS.name,),
    ),
)

_LIKE = "mean share of other maps' pictures that a map's two are more alike than, by "
_BY_CHANCE = 0.05  # the p value that a likeness must be below
SAME = {  # by what the pictures of one map differ in
    "recipe": ("M5", "Raw descent and octaves give the same pattern of a map."),
    "metric": ("N1", "L1, L2 and L-infinity losses give the same pattern of a map."),
}


def same(kind: str, score: str) -> Claim:
    """Return the claim that pictures of one map which differ in that are alike: a key of SAME."""
    code, text = SAME[kind]
    return Claim(code, text, _LIKE + score, _MOST, _PRINCIPLES)


def claims(
    maps: pd.DataFrame,
    similarity: pd.DataFrame,
    runs: Sequence[Plan] = (),
    pairs: Sequence[Plan] = (),
) -> pd.DataFrame:
    """Return the table CLAIMS of rows FEATURE_MAPS with OBJECTNESS, and of FEATURE_SIMILARITY.

    runs, pairs: of the plan of `preimage.steps.judge_atlas`. A run of maps that is not among them
    says nothing of depth; two columns that are not are alike or not, but that is no claim.
    """
    rows = [*_of_depth(maps, runs), *_of_pairs(similarity, pairs)]
    return pd.DataFrame(rows, columns=CLAIMS.names).sort_values("code", kind="stable")


def _of_depth(maps: pd.DataFrame, runs: Sequence[Plan]) -> Iterator[dict[str, object]]:
    """Yield what is claimed of every run with several layers, or that there is none."""
    means = by_map(maps)
    live = means.assign(unoriented_contrast=means.contrast - means.oriented_contrast)
    for run in runs:
        own = _of(live, run)
        about = f"{own.layer.nunique()} layers with live maps, {told(run)}"
        for trend in TRENDS:
            fine = _fine(trend, own)
            yield trend.claim.judged(about, estimate(fine, trend.value), _count(trend, fine))
        for baseline in run["baselines"]:
            yield from _against(own, _of(live, baseline), f"{told(run)} less {told(baseline)}")
    if not runs:
        yield from (trend.claim.not_run() for trend in TRENDS)


def told(run: Plan) -> str:
    """Return a run in words. Raw steps are as large as gradients, which depth alone may change."""
    steps = "normalised steps" if run["normalised"] else "raw steps"
    training = ", untrained" if run["untrained"] else ""
    return f"{run['network']}{training} (set {run['set']}, recipe {run['recipe']}, {steps})"


def _of(maps: pd.DataFrame, run: Plan) -> pd.DataFrame:
    return maps[(maps["set"] == run["set"]) & (maps.network == run["network"])]


def _fine(trend: Trend, live: pd.DataFrame) -> pd.DataFrame:
    """Return depth and measures of the maps that a trend is of; a plain picture has no edges."""
    part = live[live.depth > 0] if trend.behind else live
    return part[["depth", *trend.columns]].dropna()


def _count(trend: Trend, fine: pd.DataFrame) -> int:
    """Return how many maps a statistic is of."""
    counted = fine.depth == fine.depth.max() if trend.value is of_last else fine.depth >= 0
    return int(counted.sum())


def _against(own: pd.DataFrame, baseline: pd.DataFrame, about: str) -> Iterator[dict[str, object]]:
    """Yield by how much more each trend is what is claimed than without training."""
    for trend in TRENDS:
        one, other = _fine(trend, own), _fine(trend, baseline)
        found = difference(one, other, trend.value)
        count = _count(trend, one) + _count(trend, other)
        yield trend.claim.by_training().judged(about, found, count)


def _of_pairs(similarity: pd.DataFrame, pairs: Sequence[Plan]) -> Iterator[dict[str, object]]:
    """Yield what is claimed of two columns of a comparison, or that there are none."""
    asked = pd.DataFrame(pairs, columns=["comparison", "one", "other", "kind"])
    found = similarity.merge(asked, on=["comparison", "one", "other"])
    yield from map(_alike, found.to_dict("records"))
    for kind in SAME:
        if kind not in set(asked.kind):
            yield same(kind, "ssim or spectrum").not_run()


def _alike(row: Mapping[str, Any]) -> dict[str, object]:
    """Return what a row FEATURE_SIMILARITY says: above chance by its interval and by shuffles."""
    found = Estimate(row["above"], row["above_low"], row["above_high"])
    about = f"{row['comparison']}: {row['one']} to {row['other']}"
    judged = same(row["kind"], row["score"]).judged(about, found, row["n"])
    judged["rule"] = f"{judged['rule']}, p of shuffles below {_BY_CHANCE:g}"
    if judged["verdict"] == REPRODUCED and not row["p_value"] < _BY_CHANCE:
        judged["verdict"] = INCONCLUSIVE
    return judged
