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

from preimage.claims.ledger import Claim, Row, row, table
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
from preimage.measures.statistics.intervals import Estimate, geometric_mean, student
from preimage.measures.statistics.verdicts import Between
from preimage.plans import Plan
from preimage.status import OK
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


def _claim(code: str, text: str, rule: Between, given: str = "") -> Claim:
    return Claim(code, text, _HEADINGS[code[0]], rule, given)


_JUDGES = {False: "a network that took part", True: "a third network"}
COHERENT = {
    third: _claim(
        "A1",
        "Both networks' gradients make a picture as coherent as the better of either's: as "
        f"{judge} judges.",
        AS_GOOD,
        f", where the mean probability in the better one is above {SEEN:g}",
    )
    for third, judge in _JUDGES.items()
}
LOWERED = _claim(
    "A2",
    "A check of the descent, which lowers that: the other network finds the class less likely in "
    "the difference than in the network's own picture.",
    LESS,
)
KEPT = _claim(
    "A2",
    "A check of the descent, which raises that: the network itself sees the class in the "
    "difference.",
    SEES,
)
LITTLE = _claim(
    "A2",
    "The difference changes little: it is less than half as far from the network's own picture as "
    "the other network's picture is, in a third network's features.",
    MOST,
)
_SORTS = {PIXELS: "pixels", "third": "a third network's features"}
_RATIO = "d(new, theirs) / d(new, ours), over the lesser of 1 and that to other rows"
_VECTORISED = "Vectorised, the network's picture"
LIKE = {
    sort: _claim(
        "B4",
        f"{_VECTORISED} looks like the other network's: it is nearer to that than to the network's "
        f"own, and more so than to their pictures of other classes, in {seen}.",
        NEARER,
    )
    for sort, seen in _SORTS.items()
}
TOWARD = {
    sort: _claim(
        "B4",
        f"{_VECTORISED} moved toward the other network's, more than toward its pictures of other "
        f"classes, in {seen}.",
        MORE,
    )
    for sort, seen in _SORTS.items()
}
OF_CLASSES = {
    name: _claim(code, f"Vectorised, the {name} looks like the other network's.", NEARER)
    for name, code in {"tench": "B4", "goldfinch": "B5", "flute": "B6"}.items()
}
MATCHED = _claim(
    "B7",
    "A photo's output is matched: to the network the picture made from it is nearer the photo than "
    "the photo with a little noise is.",
    NEARER,
)
_OF_PHOTO = "The picture made from a photo's output looks like the photo: "
NEAR_PHOTO = _claim(
    "B7", f"{_OF_PHOTO}in pixels it is less than half as far from it as its start was.", HALF
)
SIMILAR_TO_PHOTO = _claim(
    "B7", f"{_OF_PHOTO}its structural similarity to the photo is above one half.", MOST
)


def _of_pairs(code: str, text: str) -> dict[bool, Claim]:
    return {
        third: _claim(code, f"{text.format(judge)}, among its first five.", MOST)
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


class Photos(Plan):
    """A run whose pictures match the output of photos."""

    set: str
    network: str


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


class ComparisonClaims(Plan):
    """What stands side by side, as in the plan of `compare_images`, the runs of pairs of classes,
    the runs that match the output of photos, the networks that judge, and the names of the classes:

    {comparisons: [{name: vectorised, code: B4, columns: [...]}],
    pairs: [{set: additions, network: resnet50, kind: sum, networks: [resnet50]}],
    photos: [{set: vectorised_photos, network: resnet50}],
    judges: [resnet50, googlenet], classes: [tench, goldfish]}.
    """

    comparisons: list[Comparison]
    pairs: list[Side]
    photos: list[Photos]
    judges: list[str]
    classes: list[str]


def settle_comparisons(
    plan: ComparisonClaims,
    compared: pd.DataFrame,
    statistics: pd.DataFrame,
    pairs: pd.DataFrame,
    reconstructions: pd.DataFrame,
) -> pd.DataFrame:
    """Return the table CLAIMS of those rows of the tables of `Found` that the plan names."""
    photos = pd.DataFrame(map(Plan.data, plan.photos), columns=["set", "network"])
    seen_by = [PIXELS, *plan.judges]
    found = Found(
        compared[compared.by.isin(seen_by)],
        statistics[statistics.by.isin(seen_by)],
        pairs[pairs.judge.isin(plan.judges)],
        reconstructions.merge(photos),
    )
    return claims(found, plan.comparisons, plan.pairs, plan.classes)


def claims(
    found: Found, comparisons: Sequence[Comparison], runs: Sequence[Side], classes: Sequence[str]
) -> pd.DataFrame:
    """Return the table CLAIMS.

    runs: those of pairs of classes. classes: names of the study's classes, by number.
    """
    rows = [
        one
        for comparison in comparisons
        for claimed in (_combined, _differences, _vectorised)
        for one in claimed(comparison, found)
    ]
    rows += [one for comparison in comparisons for one in _of_classes(comparison, found, classes)]
    rows += [*_photos(found.photos), *_pairs(runs, found.pairs, len(classes))]
    judged = {(one["code"], one["claim"]) for one in rows}
    absent = [claim for claim in ALL if (claim.code, claim.text) not in judged]
    return table([*rows, *(row(claim, "nothing in this study", "none") for claim in absent)])


def _combined(comparison: Comparison, found: Found) -> Iterator[Row]:
    for side in comparison.of_kind(COMBINED):
        alone = [one.title for one in comparison.alone(*side.networks)]
        means = found.of(comparison, PROBABILITY.format("A"))
        for judge, part in means[means.one.isin(alone)].dropna(subset="value").groupby("by"):
            better = part.loc[part.value.idxmax()]
            claim, what = COHERENT[better.third], "probability of the class less that in the better"
            if better.value <= SEEN:
                title = f"{comparison.name}: {judge} sees the class in neither network's pictures"
                yield row(claim, f"{title}, mean probability {better.value:.2g}", what)
                continue
            where = {"one": side.title, "other": better.one, "by": judge}
            for one in _rows(found.of(comparison, APART.format("A"), **where)):
                yield _row(claim, comparison, one, what)


def _differences(comparison: Comparison, found: Found) -> Iterator[Row]:
    for side in comparison.of_kind(DIFFERENCE):
        for ours in comparison.alone(side.network):
            where = {"one": side.title, "other": ours.title}
            apart = found.of(comparison, APART.format("A"), **where)
            for one in _rows(apart[apart.by.isin(side.others)]):
                yield _row(LOWERED, comparison, one, "difference of the class's probability")
        where = {"one": side.title, "by": side.network}
        for one in _rows(found.of(comparison, PROBABILITY.format("A"), **where)):
            yield _row(KEPT, comparison, one, "mean probability of the class")
    for triple in _of_kind(comparison, DIFFERENCE):
        for one in _rows(found.of(comparison, MOVED, **vars(triple))):
            if _sort(one) == "third":
                what = f"1 less d(difference, own) / d(other network's, own), {one.metric}"
                yield _row(LITTLE, comparison, one, what)


def _vectorised(comparison: Comparison, found: Found) -> Iterator[Row]:
    for triple in _of_kind(comparison, VECTORISED):
        for statistic, sort, what in (
            (RATIO_BEYOND, LIKE, _RATIO),
            (BEYOND, TOWARD, "share of the distance that is gone, beyond that to other rows"),
        ):
            for one in _rows(found.of(comparison, statistic, **vars(triple))):
                if claim := sort.get(_sort(one)):
                    yield _row(claim, comparison, one, f"{what}, {one.metric}")


def _of_classes(comparison: Comparison, found: Found, classes: Sequence[str]) -> Iterator[Row]:
    compared = found.compared[found.compared.comparison == comparison.name]
    for triple in _of_kind(comparison, VECTORISED):
        by_row = ratios(compared, triple)
        for name in (name for name in OF_CLASSES if name in classes):
            own = by_row[by_row.class_a == classes.index(name)]
            for (by, metric), part in own.groupby(["by", "metric"], sort=False):
                if _sort(part.iloc[0]) in LIKE:
                    title = f"{comparison.name}: {triple.one} to {triple.other}, by {by}"
                    estimate = geometric_mean(part.ratio_beyond.to_numpy())
                    yield row(OF_CLASSES[name], title, f"{_RATIO}, {metric}", estimate, len(part))


def _photos(photos: pd.DataFrame) -> Iterator[Row]:
    """Yield what is found of each run; of several seeds of a photo the mean counts."""
    fine = photos[photos.status == OK]
    for (image_set, network), part in fine.groupby(["set", "network"], sort=False):
        title = f"{image_set} of {network}"
        for claim, what, above, below in (
            (MATCHED, "m_g / m_r (noise of 1/25)", "m_g", "m_r_25"),
            (MATCHED, "m_g / m_r (noise of 1/18)", "m_g", "m_r_18"),
            (NEAR_PHOTO, "m_i / m_i of the start", "m_i", "m_i_start"),
        ):
            ratio = np.log(part[above] / part[below]).groupby(part.photo).mean()
            yield row(claim, title, what, geometric_mean(np.exp(ratio.to_numpy())), len(ratio))
        alike = part.groupby("photo").ssim.mean().to_numpy()
        yield row(SIMILAR_TO_PHOTO, title, "mean SSIM", student(alike), len(alike))


def _pairs(runs: Sequence[Side], pairs: pd.DataFrame, classes: int) -> Iterator[Row]:
    counted = {
        SUM: (BOTH_IN_FIVE, SUMS),
        WEAKER: (BOTH_IN_FIVE, JUXTAPOSED),
        SUBTRACTION: (A_NOT_B_IN_FIVE, SUBTRACTIONS),
    }
    for run in (run for run in runs if run.kind in counted):
        statistic, sort = counted[run.kind]
        own = (pairs["set"] == run.set) & (pairs.network == run.network)
        for one in _rows(pairs[own & (pairs.statistic == statistic)]):
            claim, title = sort[run.is_third(one.judge)], f"{run.set} of {run.network}"
            what = f"share of pictures: {statistic}"
            if classes <= _IN_FIVE:
                yield row(
                    claim, f"{title}: of {classes} classes all are among the first five", what
                )
                continue
            title = f"{title}, judged by {one.judge}"
            chance = f", value above shuffles' {one.baseline_high:.2g}"
            yield row(
                *(claim, title, what, Estimate(one.value, one.low, one.high), one.items),
                given=chance if np.isfinite(one.baseline_high) else "",
                by_chance=one.value <= one.baseline_high,
            )


def _of_kind(comparison: Comparison, kind: str) -> list[Triple]:
    return [triple for found, triple in comparison.triples() if found == kind]


def _rows(found: pd.DataFrame) -> Iterable:
    return found.itertuples(index=False)


def _sort(one: object) -> str:
    """Return how a row sees the pictures: pixels, third, or part: by a network that took part."""
    return PIXELS if one.by == PIXELS else "third" if one.third else "part"


def _row(claim: Claim, comparison: Comparison, one: object, statistic: str) -> Row:
    """Return the row of CLAIMS of a row COMPARISONS."""
    other = "" if pd.isna(one.other) else f" to {one.other}"
    title = f"{comparison.name}: {one.one}{other}, by {one.by}"
    return row(claim, title, statistic, Estimate(one.value, one.low, one.high), one.n)
