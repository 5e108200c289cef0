"""What the page "Input Generation III" claims of merged networks, and what a study finds of it.

Codes B1 to B3. A network that learnt pictures of one class repeats the page's B1; those that differ
in that class alone are judged together. For B1 pictures are the sample, and the same picture is
compared under two losses. Of class images those of the same class and seed by two makers are
compared, where the class was learnt; classes are the sample, each once whatever its seeds, and of a
single class its seeds. Of a single value there is no interval, and the verdict is inconclusive. A
network whose sum of squares did not fall to half has hardly learnt, and tells nothing of what
learning changes. A claim that a study has nothing to judge by is not run.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from preimage.claims.ledger import Claim, Row, row, table
from preimage.errors import UserError
from preimage.measures.merging.losses import fall
from preimage.measures.statistics.intervals import Estimate, geometric_mean, student
from preimage.measures.statistics.verdicts import Between
from preimage.plans import Plan
from preimage.status import OK
from preimage.tables.merging import LOSS_NAMES, SETTINGS

# Judgements, ours: what is about 15, what makes no difference, what nobody would call better.
ABOUT_15 = Between(7.5, 30)
THE_SAME = Between(0.5, 2)
NO_BETTER = Between(high=0.05)
LEARNT = 2  # factor from which on a network has learnt: of others no difference says nothing
SEEN = 0.2  # mean probability above which a judge sees a class; blind, it tells no two sets apart

_SQUARES = "sum_of_squares"
_PICTURE = ["set", "made_by", "item", "seed"]
_ONE_CLASS = "one class"
_NOTHING = pd.Series(dtype=float)


@dataclass(frozen=True, kw_only=True)
class Averaged(Claim):
    """A claim of values. needs: what a study has none of, if it cannot be judged. estimate: what
    the statistic is of the values [n].
    """

    needs: str
    statistic: str
    estimate: Callable[[np.ndarray], Estimate]
    heading: str = "Model Merging"

    def judged(self, compared: str, values: pd.Series) -> Row:
        """Return the row of CLAIMS: not run where there are no values."""
        found = self.estimate(values.to_numpy(np.float64))
        return row(self, compared, self.statistic, found, len(values))


Case = tuple[Averaged, str, pd.Series]
"""A claim, the networks and sets compared, and the values [n] that it is judged by."""

FALLS = Averaged(
    code="B1",
    text="The sum of squares falls about 15 times on the picture of a class.",
    rule=ABOUT_15,
    needs="network that learnt one class by the sum of squares",
    statistic="loss before over loss after",
    estimate=geometric_mean,
)
ALIKE = {
    (code, loss): Averaged(
        code=code,
        text=f"The {said} as the loss makes no difference.",
        rule=THE_SAME,
        needs=f"network that learnt {what} by the {said}, and one alike by the sum of squares",
        statistic="ratio of the factors by which the sum of squares falls",
        estimate=geometric_mean,
    )
    for code, what in {"B1": "one class", "B3": "the same pictures"}.items()
    for loss, said in LOSS_NAMES.items()
    if loss != _SQUARES
}
BETTER = {
    code: Averaged(
        code=code,
        text=f"A network that learnt {what} makes no better class images of {them} than before.",
        rule=NO_BETTER,
        given=f", where the mean probability is above {SEEN:g} before or after",
        needs=f"network that learnt {what} and made class images of {them}, as the one before did",
        statistic="difference of the probability of the class",
        estimate=student,
    )
    for code, what, them in (
        ("B2", "one class", "it"),
        ("B3", "pictures of many classes", "them"),
    )
}
# The page says of one class alone that the loss makes no difference.
ALL = (FALLS, *(claim for claim in ALIKE.values() if claim.code == "B1"), *BETTER.values())


class Pictures(Plan):
    """Where the class images of a merged network are, and those of the one that it started from.

    All sets ask for one class, with the same recipe and layer.
    """

    network: str
    origin: str
    set: str
    origin_sets: tuple[str, ...]


class MergingClaims(Plan):
    """Where the class images of merged networks are, and those of the networks that they started
    from; which networks judge them, those that have learnt something:
    {pictures: [{network: all, origin: resnet50, set: class_images_after_all,
    origin_sets: [class_images]}], judges: [resnet50, googlenet]}.
    """

    pictures: list[Pictures]
    judges: list[str]


def settle_merging(
    plan: MergingClaims, images: pd.DataFrame, predictions: pd.DataFrame
) -> pd.DataFrame:
    """Return the table CLAIMS of rows MERGING_IMAGES and PREDICTIONS, of what the plan names.

    Raises UserError for a network of the plan that is not among `images`.
    """
    if absent := {made.network for made in plan.pictures} - {*images.network}:
        raise UserError(f"what {min(absent)} learnt is not given with --merging-images")
    return claims(images, predictions[predictions.judge.isin(plan.judges)], plan.pictures)


def claims(
    images: pd.DataFrame, predictions: pd.DataFrame, pictures: Sequence[Pictures]
) -> pd.DataFrame:
    """Return the table CLAIMS of rows MERGING_IMAGES and of the PREDICTIONS of `pictures`.

    predictions: of those judges only that have learnt something; of other pictures, they are left
    out.
    """
    images = _with_lessons(images)
    cases = [*_factors(images), *_losses(images), *_better(images, predictions, pictures)]
    judged = {claim for claim, *_ in cases}
    cases += [(claim, f"no {claim.needs}", _NOTHING) for claim in ALL if claim not in judged]
    return table(claim.judged(compared, values) for claim, compared, values in cases)


def _with_lessons(images: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the factor of the sum of squares, `fall`, and what the network learnt:
    `lesson`, which is one class or the names of all pictures.
    """
    names = images.item.str.cat(images.seed.astype(str), ".").groupby(images.network)
    lesson = names.transform(lambda pictures: " ".join(sorted(pictures)))
    classes = images.groupby("network")["class"].transform("nunique")
    lesson = lesson.mask(classes == 1, _ONE_CLASS)
    return images.assign(lesson=lesson, fall=fall(images, _SQUARES))


def _has_learnt(images: pd.DataFrame) -> bool:
    return geometric_mean(images.fall.to_numpy()).value >= LEARNT


def _factors(images: pd.DataFrame) -> Iterator[Case]:
    one = images[(images.lesson == _ONE_CLASS) & (images.loss == _SQUARES)]
    for _, group in one.groupby(_settings(), sort=False):
        yield FALLS, _said(group.network), group.fall


def _losses(images: pd.DataFrame) -> Iterator[Case]:
    """Yield those that differ from one that learnt by the sum of squares in the loss alone."""
    alike = [name for name in _settings() if name != "loss"]
    for (*_, lesson), group in images.groupby([*alike, "lesson"], sort=False):
        code = "B1" if lesson == _ONE_CLASS else "B3"
        by = dict(iter(group.groupby("loss", sort=False)))
        squares = by.pop(_SQUARES, group[:0])
        for loss, other in by.items() if len(squares) else ():
            compared = f"{_said(other.network)} to {_said(squares.network)}"
            pairs = other.merge(squares, on=_PICTURE, suffixes=("", "_by_squares"))
            ratio = pairs.fall / pairs.fall_by_squares
            if not _has_learnt(squares):
                compared, ratio = f"{compared}, which hardly learnt", _NOTHING
            yield ALIKE[code, loss], compared, ratio


def _better(
    images: pd.DataFrame, predictions: pd.DataFrame, pictures: Sequence[Pictures]
) -> Iterator[Case]:
    """Yield, of networks that differ in their one class alone, all their class images together.

    But apart by the sets that they are compared with, which are of one recipe and layer.
    """
    fine = predictions[predictions.status == OK]
    for (*_, lesson), group in images.groupby([*_settings(), "lesson"], sort=False):
        claim = BETTER["B2" if lesson == _ONE_CLASS else "B3"]
        made = [one for one in pictures if one.network in set(group.network)]
        for origin_sets in dict.fromkeys(one.origin_sets for one in made):
            pairs = [one for one in made if one.origin_sets == origin_sets]
            yield from _compared(claim, group, fine, pairs)


def _compared(
    claim: Averaged, images: pd.DataFrame, predictions: pd.DataFrame, pairs: Sequence[Pictures]
) -> Iterator[Case]:
    learnt = {pair: images[images.network == pair.network] for pair in pairs}
    able = [pair for pair in pairs if _has_learnt(learnt[pair])]
    hardly = [pair.network for pair in pairs if pair not in able]
    if hardly:
        compared = f"{_said(hardly)} to {pairs[0].origin}, which hardly learnt"
        yield claim, compared, _NOTHING
    if not able:
        return
    both = pd.concat([_probabilities(learnt[pair], predictions, pair) for pair in able])
    both = both.drop_duplicates(["judge", "class_a", "seed"])
    compared = f"{_said(pair.network for pair in able)} to {pairs[0].origin}"
    if both.empty:
        yield claim, f"{compared}, with no picture that a third network judges", _NOTHING
    for judge, part in both.groupby("judge", sort=False):
        rose, said = _once_a_class(part.after - part.before, part.class_a), f"judged by {judge}"
        if max(part.after.mean(), part.before.mean()) <= SEEN:
            rose, said = _NOTHING, f"{said}, which sees the class neither before nor after"
        yield claim, f"{compared}, {said}", rose


def _probabilities(learnt: pd.DataFrame, predictions: pd.DataFrame, made: Pictures) -> pd.DataFrame:
    """Return of each judge that took no part, class learnt and seed the probability before and
    after. What is in several sets counts once.
    """
    part = {made.network, made.origin, *learnt.toward, *learnt.made_by}
    third = predictions[predictions.class_a.isin(learnt["class"]) & ~predictions.judge.isin(part)]
    of_origin = (third.network == made.origin) & third.set.isin(made.origin_sets)
    of_merged = (third.network == made.network) & (third.set == made.set)
    picture = ["judge", "class_a", "seed"]
    before, after = (
        third[rows].drop_duplicates(picture).set_index(picture).probability_a
        for rows in (of_origin, of_merged)
    )
    return pd.DataFrame({"before": before, "after": after}).dropna().reset_index()


def _once_a_class(values: pd.Series, classes: pd.Series) -> pd.Series:
    """Return the mean of each class; the values themselves where there is one class only."""
    return values.groupby(classes).mean() if classes.nunique() > 1 else values


def _settings() -> list[str]:
    return [column.name for column in SETTINGS]


def _said(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
