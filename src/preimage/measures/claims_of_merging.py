"""What the page "Input Generation III" claims of merged networks, and what a study finds of it.

Codes B1 to B3. A network that learnt pictures of one class repeats the page's B1; those that differ
in that class alone are judged together. Pictures are the sample: the same picture is compared under
two losses, and the same class and seed by two makers. Where there is one picture only, there is no
interval, and the verdict is inconclusive. A network whose sum of squares did not fall to half has
hardly learnt, and tells nothing of what learning changes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from preimage.measures.intervals import Estimate, geometric_mean, student
from preimage.measures.merging import fall
from preimage.measures.verdicts import Between
from preimage.status import OK
from preimage.tables.claims import CLAIMS
from preimage.tables.merging import LOSS_NAMES, SETTINGS

# Judgements, ours: what is about 15, what makes no difference, what nobody would call better.
ABOUT_15 = Between(7.5, 30)
THE_SAME = Between(0.5, 2)
NO_BETTER = Between(high=0.05)
LEARNT = 2  # factor from which on a network has learnt: of others no difference says nothing

_SQUARES = "sum_of_squares"
_PICTURE = ["set", "made_by", "item", "seed"]
_ONE_CLASS = "one class"


@dataclass(frozen=True)
class Case:
    """A claim, the values [n] that it is judged by, what is counted of them, and the rule."""

    code: str
    claim: str
    compared: str
    statistic: str
    values: pd.Series
    estimate: Callable[[np.ndarray], Estimate]
    rule: Between

    def judged(self) -> dict[str, object]:
        """Return the row of CLAIMS: not run where there are no values."""
        found = self.estimate(self.values.to_numpy(np.float64))
        return {
            "code": self.code,
            "claim": self.claim,
            "heading": "Model Merging",
            "compared": self.compared,
            "statistic": self.statistic,
            **found._asdict(),
            "n": len(self.values),
            "rule": str(self.rule),
            "verdict": self.rule.verdict(found),
        }


@dataclass(frozen=True)
class Pictures:
    """Where the class images of a merged network are, and those of the one that it started from.

    Both sets ask for one class, with the same recipe and layer. None where there are no such sets.
    """

    network: str
    origin: str
    set: str | None = None
    origin_set: str | None = None


def claims(
    images: pd.DataFrame, predictions: pd.DataFrame, pictures: Sequence[Pictures]
) -> pd.DataFrame:
    """Return the table CLAIMS of rows MERGING_IMAGES and of the PREDICTIONS of `pictures`."""
    images = _with_lessons(images)
    cases = [*_factors(images), *_losses(images), *_better(images, predictions, pictures)]
    rows = [case.judged() for case in cases]
    return pd.DataFrame(rows, columns=CLAIMS.names).sort_values("code", kind="stable")


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


def _factors(images: pd.DataFrame) -> Iterable[Case]:
    claim = "The sum of squares falls about 15 times on the picture of a class."
    one = images[(images.lesson == _ONE_CLASS) & (images.loss == _SQUARES)]
    groups = [group for _, group in one.groupby(_settings(), sort=False)]
    for group in groups or [one]:
        compared = _said(group) or "no network that learnt one class by the sum of squares"
        statistic = "loss before over loss after"
        yield Case("B1", claim, compared, statistic, group.fall, geometric_mean, ABOUT_15)


def _losses(images: pd.DataFrame) -> Iterable[Case]:
    """Yield, beside all that learnt by the sum of squares, those that differ in the loss alone."""
    alike = [name for name in _settings() if name != "loss"]
    statistic = "ratio of the factors by which the sum of squares falls"
    for (*_, lesson), group in images.groupby([*alike, "lesson"], sort=False):
        code = "B1" if lesson == _ONE_CLASS else "B3"
        by = {loss: group[group.loss == loss] for loss in LOSS_NAMES}
        squares = by.pop(_SQUARES)
        for loss, other in by.items():
            if squares.empty or (code == "B3" and other.empty):
                continue  # the page says it of one class
            claim = f"The {LOSS_NAMES[loss]} as the loss makes no difference."
            compared = f"{_said(other) or 'no such network'} to {_said(squares)}"
            pairs = other.merge(squares, on=_PICTURE, suffixes=("", "_by_squares"))
            ratio = pairs.fall / pairs.fall_by_squares
            if not _has_learnt(squares):
                compared, ratio = f"{compared}, which hardly learnt", ratio[:0]
            yield Case(code, claim, compared, statistic, ratio, geometric_mean, THE_SAME)


def _better(
    images: pd.DataFrame, predictions: pd.DataFrame, pictures: Sequence[Pictures]
) -> Iterable[Case]:
    statistic = "difference of the probability of the class"
    for made in pictures:
        learnt = images[images.network == made.network]
        one = learnt.lesson.iloc[0] == _ONE_CLASS
        what = "one class" if one else "pictures of many classes"
        claim = f"A network that learnt {what} makes no better class images than before."
        compared = f"{made.network} to {made.origin}"
        found = _differences(predictions, made)
        if not _has_learnt(learnt):
            found = {"nobody, for it hardly learnt": pd.Series(dtype=float)}
        for judge, rose in found.items():
            said = f"{compared}, judged by {judge}"
            code = "B2" if one else "B3"
            yield Case(code, claim, said, statistic, rose, student, NO_BETTER)


def _differences(predictions: pd.DataFrame, made: Pictures) -> dict[str, pd.Series]:
    """Return by judge, of each class and seed that both made, how far the probability rose."""
    fine = predictions[predictions.status == OK]
    after = fine[(fine.network == made.network) & (fine.set == made.set)]
    before = fine[(fine.network == made.origin) & (fine.set == made.origin_set)]
    both = after.merge(before, on=["judge", "class_a", "seed"], suffixes=("", "_before"))
    both = both[~both.judge.isin([made.network, made.origin])]
    rose = both.probability_a - both.probability_a_before
    found = {str(judge): part for judge, part in rose.groupby(both.judge, sort=False)}
    return found or {"a third network" if made.set else "nobody, for want of pictures": rose}


def _settings() -> list[str]:
    return [column.name for column in SETTINGS]


def _said(group: pd.DataFrame) -> str:
    return ", ".join(group.network.unique())
