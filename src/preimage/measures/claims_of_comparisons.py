"""What the pages claim of two networks' pictures, vectorised ones and sums, and what is found.

Codes A1, A2, B4 to B7, K1 and K2. Rows of a comparison, classes or pairs from one seed, are the
sample; of a single class its seeds are, so that one seed has no interval and is inconclusive. A
claim that a study has nothing to judge by is not run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from preimage.measures.comparisons import (
    APART,
    BEYOND,
    NEARER,
    PROBABILITY,
    gained,
    ratios,
)
from preimage.measures.intervals import UNKNOWN, Estimate, geometric_mean
from preimage.measures.pairs import A_NOT_B_IN_FIVE, BOTH_IN_FIVE
from preimage.measures.sides import (
    COMBINED,
    DIFFERENCE,
    SUBTRACTION,
    SUM,
    VECTORISED,
    WEAKER,
    Comparison,
    Side,
    Triple,
)
from preimage.measures.verdicts import Between
from preimage.status import OK
from preimage.tables.claims import CLAIMS
from preimage.tables.comparisons import PIXELS

_HEADINGS = {
    "A": "Model Similarity Vector Space",
    "B": "Model Merging",
    "K": "Vector Addition and Subtraction",
}

# Judgements, ours: a difference of probability too small to matter, and what is most.
AS_GOOD, MOST = Between(low=-0.05), Between(low=0.5)
MORE, LESS = Between(low=0), Between(high=0)


@dataclass(frozen=True)
class Claim:
    """A sentence of the pages as it can be judged, and where the interval must lie."""

    code: str
    text: str
    rule: Between


@dataclass(frozen=True)
class Case:
    """What a claim is judged by."""

    claim: Claim
    compared: str
    statistic: str
    found: Estimate = UNKNOWN
    n: int = 0

    def judged(self) -> dict[str, object]:
        """Return the row of CLAIMS."""
        rule = self.claim.rule
        return {
            "code": self.claim.code,
            "claim": self.claim.text,
            "heading": _HEADINGS[self.claim.code[0]],
            "compared": self.compared,
            "statistic": self.statistic,
            **self.found._asdict(),
            "n": self.n,
            "rule": str(rule),
            "verdict": rule.verdict(self.found),
        }


_BOTH_GRADIENTS = "Both networks' gradients make a picture as coherent as the better of either's: "
COHERENT = {
    third: Claim("A1", f"{_BOTH_GRADIENTS}as {judge} judges.", AS_GOOD)
    for third, judge in {False: "a network that took part", True: "a third network"}.items()
}
LOWERED = Claim(
    "A2", "The difference lacks what the other network has: that finds the class less likely.", LESS
)
LITTLE = Claim(
    "A2",
    "For most classes the difference changes little: it is nearer to the network's own picture "
    "than the other network's picture is, in a third network's features.",
    MOST,
)
_MOVED = "share of the distance that is gone, beyond that to other rows"
_LIKE_THEIRS = "Vectorised, the network's picture looks like the other network's: "
LIKE = {
    PIXELS: Claim("B4", f"{_LIKE_THEIRS}it moved toward it, in pixels.", MORE),
    "third": Claim(
        "B4",
        f"{_LIKE_THEIRS}it moved toward it, in a third network's features.",
        MORE,
    ),
}
OF_CLASSES = {
    name: Claim(code, f"Vectorised, the {name} looks like the other network's.", MORE)
    for name, code in {"tench": "B4", "goldfinch": "B5", "flute": "B6"}.items()
}
ACCURATE = Claim(
    "B7",
    "The picture made from a photo's output is an accurate one: to the network it is nearer the "
    "photo than the photo with a little noise is.",
    Between(high=1),
)
_SEEN_BY = {False: "the network that made it", True: "a third network"}
SUMS = {
    third: Claim("K1", f"In a sum of two classes {judge} sees both, among its first five.", MOST)
    for third, judge in _SEEN_BY.items()
}
SUBTRACTIONS = {
    third: Claim("K2", f"In A - B {judge} sees A and not B, among its first five.", MOST)
    for third, judge in _SEEN_BY.items()
}
ALL = (
    *COHERENT.values(),
    LOWERED,
    LITTLE,
    *LIKE.values(),
    *OF_CLASSES.values(),
    ACCURATE,
    *SUMS.values(),
    *SUBTRACTIONS.values(),
)


@dataclass(frozen=True)
class Found:
    """The tables of a study. compared: COMPARED_IMAGES; statistics: COMPARISONS; pairs: PAIRS;
    photos: RECONSTRUCTIONS from the output of networks, of the sets of code B7.
    """

    compared: pd.DataFrame
    statistics: pd.DataFrame
    pairs: pd.DataFrame
    photos: pd.DataFrame

    def of(self, comparison: Comparison, statistic: str, **where: str) -> pd.DataFrame:
        """Return the rows of a statistic of a comparison."""
        table = self.statistics
        kept = (table.comparison == comparison.name) & (table.statistic == statistic)
        for column, value in where.items():
            kept &= table[column] == value
        return table[kept]


def claims(
    found: Found, comparisons: Sequence[Comparison], runs: Sequence[Side], classes: Sequence[str]
) -> pd.DataFrame:
    """Return the table CLAIMS.

    runs: those of pairs of classes. classes: names of the study's classes, by number.
    """
    cases = [
        case
        for one in comparisons
        for claimed in (_combined, _differences, _vectorised)
        for case in claimed(one, found)
    ]
    cases += [case for one in comparisons for case in _of_classes(one, found, classes)]
    cases += [*_photos(found.photos), *_pairs(runs, found.pairs)]
    judged = {case.claim for case in cases}
    cases += [Case(c, "nothing in this study", "none") for c in ALL if c not in judged]
    rows = [case.judged() for case in cases]
    return pd.DataFrame(rows, columns=CLAIMS.names).sort_values("code", kind="stable")


def _combined(comparison: Comparison, found: Found) -> Iterator[Case]:
    for side in comparison.of_kind(COMBINED):
        alone = [one.title for one in comparison.alone(*side.networks)]
        means = found.of(comparison, PROBABILITY.format("A"))
        for judge, part in means[means.one.isin(alone)].dropna(subset="value").groupby("by"):
            better = part.one[part.value.idxmax()]
            where = {"one": side.title, "other": better, "by": judge}
            for row in _rows(found.of(comparison, APART.format("A"), **where)):
                what = "probability of the class less that in the better one"
                yield _case(COHERENT[row.third], comparison, row, what)


def _differences(comparison: Comparison, found: Found) -> Iterator[Case]:
    for side in comparison.of_kind(DIFFERENCE):
        for ours in comparison.alone(side.network):
            where = {"one": side.title, "other": ours.title}
            table = found.of(comparison, APART.format("A"), **where)
            for row in _rows(table[table.by.isin(side.others)]):
                yield _case(LOWERED, comparison, row, "difference of the class's probability")
    for triple in _of_kind(comparison, DIFFERENCE):
        for row in _rows(found.of(comparison, NEARER, **vars(triple))):
            if _sort(row) == "third":
                yield _case(LITTLE, comparison, row, f"share of rows that are nearer, {row.metric}")


def _vectorised(comparison: Comparison, found: Found) -> Iterator[Case]:
    for triple in _of_kind(comparison, VECTORISED):
        for row in _rows(found.of(comparison, BEYOND, **vars(triple))):
            if claim := LIKE.get(_sort(row)):
                yield _case(claim, comparison, row, f"{_MOVED}, {row.metric}")


def _of_classes(comparison: Comparison, found: Found, classes: Sequence[str]) -> Iterator[Case]:
    compared = found.compared[found.compared.comparison == comparison.name]
    for triple in _of_kind(comparison, VECTORISED):
        by_row = ratios(compared, triple)
        for name in (name for name in OF_CLASSES if name in classes):
            own = by_row[by_row.class_a == classes.index(name)]
            for (by, metric), part in own.groupby(["by", "metric"], sort=False):
                if _sort(part.iloc[0]) in LIKE:
                    title = f"{comparison.name}: {triple.one} to {triple.other}, by {by}"
                    estimate = gained(part.kept / part.kept_of_others)
                    what = f"{_MOVED}, {metric}"
                    yield Case(OF_CLASSES[name], title, what, estimate, len(part))


def _photos(photos: pd.DataFrame) -> Iterator[Case]:
    """Yield a case for each run and noise; of several seeds of a photo the mean counts."""
    kept = photos[(photos.code == ACCURATE.code) & (photos.status == OK)]
    for (image_set, network), part in kept.groupby(["set", "network"], sort=False):
        for column, noise in {"m_r_25": "1/25", "m_r_18": "1/18"}.items():
            ratio = np.log(part.m_g / part[column]).groupby(part.photo).mean()
            estimate = geometric_mean(np.exp(ratio.to_numpy()))
            statistic = f"m_g / m_r (noise of {noise})"
            yield Case(ACCURATE, f"{image_set} of {network}", statistic, estimate, len(ratio))


def _pairs(runs: Sequence[Side], pairs: pd.DataFrame) -> Iterator[Case]:
    counted = {
        SUM: (BOTH_IN_FIVE, SUMS),
        WEAKER: (BOTH_IN_FIVE, SUMS),
        SUBTRACTION: (A_NOT_B_IN_FIVE, SUBTRACTIONS),
    }
    for run in (run for run in runs if run.kind in counted):
        statistic, sort = counted[run.kind]
        own = (pairs["set"] == run.set) & (pairs.network == run.network)
        for row in _rows(pairs[own & (pairs.statistic == statistic)]):
            title = f"{run.set} of {run.network}, judged by {row.judge}"
            estimate = Estimate(row.value, row.low, row.high)
            claim = sort[row.judge not in run.networks]
            yield Case(claim, title, f"share of pictures: {statistic}", estimate, row.items)


def _of_kind(comparison: Comparison, kind: str) -> list[Triple]:
    return [triple for found, triple in comparison.triples() if found == kind]


def _rows(table: pd.DataFrame) -> Iterable:
    return table.itertuples(index=False)


def _sort(row: object) -> str:
    """Return how a row sees the pictures: pixels, third, or part: by a network that took part."""
    return PIXELS if row.by == PIXELS else "third" if row.third else "part"


def _case(claim: Claim, comparison: Comparison, row: object, statistic: str) -> Case:
    title = f"{comparison.name}: {row.one} to {row.other}, by {row.by}"
    return Case(claim, title, statistic, Estimate(row.value, row.low, row.high), row.n)
