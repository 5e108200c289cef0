"""What the pages claim of two networks' pictures, vectorised ones and sums, and what is found.

Codes A1, A2, B4 to B7, K1 and K2. The classes or pairs of a comparison are the sample; of a single
class its seeds are, so that one seed has no interval and is inconclusive. A claim that a study has
nothing to judge by is not run, and `compared` says why where something was compared.

That a picture *looks like* another one is taken as: it is nearer to that than to what it is told
from, beyond what is so of pictures of other classes. Half of a distance is our judgement of much.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from preimage.measures.comparisons.columns import (
    APART,
    BEYOND,
    MOVED,
    PROBABILITY,
    RATIO_BEYOND,
    ratios,
)
from preimage.measures.comparisons.pairs import A_NOT_B_IN_FIVE, BOTH_IN_FIVE
from preimage.measures.comparisons.sides import (
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
from preimage.measures.statistics.intervals import UNKNOWN, Estimate, geometric_mean, student
from preimage.measures.statistics.verdicts import INCONCLUSIVE, REPRODUCED, Between
from preimage.status import OK
from preimage.tables.claims import CLAIMS
from preimage.tables.comparisons import PIXELS

_HEADINGS = {
    "A": "Model Similarity Vector Space",
    "B": "Model Merging",
    "K": "Vector Addition and Subtraction",
}
_IN_FIVE = 5

# Judgements, ours: the mean probability from which on a class is seen in pictures, a difference
# of probability too small to matter, and what is most.
SEEN = 0.2
SEES, AS_GOOD, MOST = Between(low=SEEN), Between(low=-0.05), Between(low=0.5)
MORE, LESS, NEARER, HALF = Between(low=0), Between(high=0), Between(high=1), Between(high=0.5)


@dataclass(frozen=True)
class Claim:
    """A sentence of the pages as it can be judged, and where the interval must lie.

    given: what must be so for it to be judged at all, in words behind the rule.
    """

    code: str
    text: str
    rule: Between
    given: str = ""


@dataclass(frozen=True)
class Case:
    """What a claim is judged by. chance: what the value must exceed, the upper end of shuffles."""

    claim: Claim
    compared: str
    statistic: str
    found: Estimate = UNKNOWN
    n: int = 0
    chance: float = -np.inf

    def judged(self) -> dict[str, object]:
        """Return the row of CLAIMS."""
        return {
            "code": self.claim.code,
            "claim": self.claim.text,
            "heading": _HEADINGS[self.claim.code[0]],
            "compared": self.compared,
            "statistic": self.statistic,
            **self.found._asdict(),
            "n": self.n,
            "rule": self._rule(),
            "verdict": self._verdict(),
        }

    def _rule(self) -> str:
        chance = f", value above shuffles' {self.chance:.2g}" if np.isfinite(self.chance) else ""
        return f"{self.claim.rule}{chance}{self.claim.given}"

    def _verdict(self) -> str:
        verdict = self.claim.rule.verdict(self.found)
        by_chance = self.found.value <= self.chance
        return INCONCLUSIVE if verdict == REPRODUCED and by_chance else verdict


_JUDGES = {False: "a network that took part", True: "a third network"}
COHERENT = {
    third: Claim(
        "A1",
        "Both networks' gradients make a picture as coherent as the better of either's: as "
        f"{judge} judges.",
        AS_GOOD,
        f", where the mean probability in the better one is above {SEEN:g}",
    )
    for third, judge in _JUDGES.items()
}
LOWERED = Claim(
    "A2",
    "A check of the descent, which lowers that: the other network finds the class less likely in "
    "the difference than in the network's own picture.",
    LESS,
)
KEPT = Claim(
    "A2",
    "A check of the descent, which raises that: the network itself sees the class in the "
    "difference.",
    SEES,
)
LITTLE = Claim(
    "A2",
    "The difference changes little: it is less than half as far from the network's own picture as "
    "the other network's picture is, in a third network's features.",
    MOST,
)
_SORTS = {PIXELS: "pixels", "third": "a third network's features"}
_RATIO = "d(new, theirs) / d(new, ours), over the lesser of 1 and that to other rows"
_VECTORISED = "Vectorised, the network's picture"
LIKE = {
    sort: Claim(
        "B4",
        f"{_VECTORISED} looks like the other network's: it is nearer to that than to the network's "
        f"own, and more so than to their pictures of other classes, in {seen}.",
        NEARER,
    )
    for sort, seen in _SORTS.items()
}
TOWARD = {
    sort: Claim(
        "B4",
        f"{_VECTORISED} moved toward the other network's, more than toward its pictures of other "
        f"classes, in {seen}.",
        MORE,
    )
    for sort, seen in _SORTS.items()
}
OF_CLASSES = {
    name: Claim(code, f"Vectorised, the {name} looks like the other network's.", NEARER)
    for name, code in {"tench": "B4", "goldfinch": "B5", "flute": "B6"}.items()
}
MATCHED = Claim(
    "B7",
    "A photo's output is matched: to the network the picture made from it is nearer the photo than "
    "the photo with a little noise is.",
    NEARER,
)
_OF_PHOTO = "The picture made from a photo's output looks like the photo: "
NEAR_PHOTO = Claim(
    "B7", f"{_OF_PHOTO}in pixels it is less than half as far from it as its start was.", HALF
)
SIMILAR_TO_PHOTO = Claim(
    "B7", f"{_OF_PHOTO}its structural similarity to the photo is above one half.", MOST
)


def _of_pairs(code: str, text: str) -> dict[bool, Claim]:
    return {
        third: Claim(code, f"{text.format(judge)}, among its first five.", MOST)
        for third, judge in _JUDGES.items()
    }


SUMS = _of_pairs("K1", "In a sum of two classes {} sees both")
JUXTAPOSED = _of_pairs("K1", "Where each step raises the weaker of two classes {} sees both")
SUBTRACTIONS = _of_pairs("K2", "In A - B {} sees A and not B")
ALL = (
    *COHERENT.values(),
    *(LOWERED, KEPT, LITTLE),
    *LIKE.values(),
    *TOWARD.values(),
    *OF_CLASSES.values(),
    *(MATCHED, NEAR_PHOTO, SIMILAR_TO_PHOTO),
    *SUMS.values(),
    *JUXTAPOSED.values(),
    *SUBTRACTIONS.values(),
)


@dataclass(frozen=True)
class Found:
    """The tables of a study. compared: COMPARED_IMAGES; statistics: COMPARISONS; pairs: PAIRS;
    photos: RECONSTRUCTIONS from the output of networks, by which code B7 is judged.
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
    cases += [*_photos(found.photos), *_pairs(runs, found.pairs, len(classes))]
    judged = {case.claim for case in cases}
    cases += [Case(c, "nothing in this study", "none") for c in ALL if c not in judged]
    rows = [case.judged() for case in cases]
    return pd.DataFrame(rows, columns=CLAIMS.names).sort_values("code", kind="stable")


def _combined(comparison: Comparison, found: Found) -> Iterator[Case]:
    for side in comparison.of_kind(COMBINED):
        alone = [one.title for one in comparison.alone(*side.networks)]
        means = found.of(comparison, PROBABILITY.format("A"))
        for judge, part in means[means.one.isin(alone)].dropna(subset="value").groupby("by"):
            better = part.loc[part.value.idxmax()]
            claim, what = COHERENT[better.third], "probability of the class less that in the better"
            if better.value <= SEEN:
                title = f"{comparison.name}: {judge} sees the class in neither network's pictures"
                yield Case(claim, f"{title}, mean probability {better.value:.2g}", what)
                continue
            where = {"one": side.title, "other": better.one, "by": judge}
            for row in _rows(found.of(comparison, APART.format("A"), **where)):
                yield _case(claim, comparison, row, what)


def _differences(comparison: Comparison, found: Found) -> Iterator[Case]:
    for side in comparison.of_kind(DIFFERENCE):
        for ours in comparison.alone(side.network):
            where = {"one": side.title, "other": ours.title}
            table = found.of(comparison, APART.format("A"), **where)
            for row in _rows(table[table.by.isin(side.others)]):
                yield _case(LOWERED, comparison, row, "difference of the class's probability")
        where = {"one": side.title, "by": side.network}
        for row in _rows(found.of(comparison, PROBABILITY.format("A"), **where)):
            yield _case(KEPT, comparison, row, "mean probability of the class")
    for triple in _of_kind(comparison, DIFFERENCE):
        for row in _rows(found.of(comparison, MOVED, **vars(triple))):
            if _sort(row) == "third":
                what = f"1 less d(difference, own) / d(other network's, own), {row.metric}"
                yield _case(LITTLE, comparison, row, what)


def _vectorised(comparison: Comparison, found: Found) -> Iterator[Case]:
    for triple in _of_kind(comparison, VECTORISED):
        for statistic, sort, what in (
            (RATIO_BEYOND, LIKE, _RATIO),
            (BEYOND, TOWARD, "share of the distance that is gone, beyond that to other rows"),
        ):
            for row in _rows(found.of(comparison, statistic, **vars(triple))):
                if claim := sort.get(_sort(row)):
                    yield _case(claim, comparison, row, f"{what}, {row.metric}")


def _of_classes(comparison: Comparison, found: Found, classes: Sequence[str]) -> Iterator[Case]:
    compared = found.compared[found.compared.comparison == comparison.name]
    for triple in _of_kind(comparison, VECTORISED):
        by_row = ratios(compared, triple)
        for name in (name for name in OF_CLASSES if name in classes):
            own = by_row[by_row.class_a == classes.index(name)]
            for (by, metric), part in own.groupby(["by", "metric"], sort=False):
                if _sort(part.iloc[0]) in LIKE:
                    title = f"{comparison.name}: {triple.one} to {triple.other}, by {by}"
                    estimate = geometric_mean(part.ratio_beyond.to_numpy())
                    yield Case(OF_CLASSES[name], title, f"{_RATIO}, {metric}", estimate, len(part))


def _photos(photos: pd.DataFrame) -> Iterator[Case]:
    """Yield the cases of each run; of several seeds of a photo the mean counts."""
    fine = photos[photos.status == OK]
    for (image_set, network), part in fine.groupby(["set", "network"], sort=False):
        title = f"{image_set} of {network}"
        for claim, what, above, below in (
            (MATCHED, "m_g / m_r (noise of 1/25)", "m_g", "m_r_25"),
            (MATCHED, "m_g / m_r (noise of 1/18)", "m_g", "m_r_18"),
            (NEAR_PHOTO, "m_i / m_i of the start", "m_i", "m_i_start"),
        ):
            ratio = np.log(part[above] / part[below]).groupby(part.photo).mean()
            yield Case(claim, title, what, geometric_mean(np.exp(ratio.to_numpy())), len(ratio))
        alike = part.groupby("photo").ssim.mean().to_numpy()
        yield Case(SIMILAR_TO_PHOTO, title, "mean SSIM", student(alike), len(alike))


def _pairs(runs: Sequence[Side], pairs: pd.DataFrame, classes: int) -> Iterator[Case]:
    counted = {
        SUM: (BOTH_IN_FIVE, SUMS),
        WEAKER: (BOTH_IN_FIVE, JUXTAPOSED),
        SUBTRACTION: (A_NOT_B_IN_FIVE, SUBTRACTIONS),
    }
    for run in (run for run in runs if run.kind in counted):
        statistic, sort = counted[run.kind]
        own = (pairs["set"] == run.set) & (pairs.network == run.network)
        for row in _rows(pairs[own & (pairs.statistic == statistic)]):
            claim, title = sort[run.is_third(row.judge)], f"{run.set} of {run.network}"
            what = f"share of pictures: {statistic}"
            if classes <= _IN_FIVE:
                yield Case(
                    claim, f"{title}: of {classes} classes all are among the first five", what
                )
                continue
            found = Estimate(row.value, row.low, row.high)
            title = f"{title}, judged by {row.judge}"
            yield Case(claim, title, what, found, row.items, row.baseline_high)


def _of_kind(comparison: Comparison, kind: str) -> list[Triple]:
    return [triple for found, triple in comparison.triples() if found == kind]


def _rows(table: pd.DataFrame) -> Iterable:
    return table.itertuples(index=False)


def _sort(row: object) -> str:
    """Return how a row sees the pictures: pixels, third, or part: by a network that took part."""
    return PIXELS if row.by == PIXELS else "third" if row.third else "part"


def _case(claim: Claim, comparison: Comparison, row: object, statistic: str) -> Case:
    other = "" if pd.isna(row.other) else f" to {row.other}"
    title = f"{comparison.name}: {row.one}{other}, by {row.by}"
    return Case(claim, title, statistic, Estimate(row.value, row.low, row.high), row.n)
