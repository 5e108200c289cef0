"""What the page "Input Generation III" claims of merged networks, and what a study finds of it.

Codes B1 to B3. A network that learnt pictures of one class repeats the page's B1; those that differ
in that class alone are judged together. Pictures are the sample: the same picture is compared under
two losses, and the same class and seed by two makers. Where there is one picture only, there is no
interval, and the verdict is inconclusive.
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

_SQUARES, *_OTHERS = LOSS_NAMES
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
    lessons = images.groupby("network").lesson.first()
    cases = [*_factors(images), *_losses(images), *_better(predictions, pictures, lessons)]
    return pd.DataFrame([case.judged() for case in cases], columns=CLAIMS.names).sort_values(
        "code", kind="stable"
    )


def _with_lessons(images: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the factor of the sum of squares, `fall`, and what the network learnt:
    `lesson`, which is one class or the names of all pictures.
    """
    names = images.item.str.cat(images.seed.astype(str), ".").groupby(images.network)
    lesson = names.transform(lambda pictures: " ".join(sorted(pictures)))
    classes = images.groupby("network")["class"].transform("nunique")
    lesson = lesson.mask(classes == 1, _ONE_CLASS)
    return images.assign(lesson=lesson, fall=fall(images, _SQUARES))


def _factors(images: pd.DataFrame) -> Iterable[Case]:
    claim = "The sum of squares falls about 15 times on the picture of a class."
    one = images[(images.lesson == _ONE_CLASS) & (images.loss == _SQUARES)]
    groups = [group for _, group in one.groupby(_settings(), sort=False)]
    for group in groups or [one]:
        yield Case(
            "B1",
            claim,
            _said(group) or "no network that learnt one class by the sum of squares",
            "loss before over loss after",
            group.fall,
            geometric_mean,
            ABOUT_15,
        )


def _losses(images: pd.DataFrame) -> Iterable[Case]:
    """Yield, for all that learnt by the sum of squares, what those did that differ in the loss."""
    alike = [name for name in _settings() if name != "loss"]
    for (*_, lesson), group in images.groupby([*alike, "lesson"], sort=False):
        by = {loss: group[group.loss == loss] for loss in LOSS_NAMES}
        for loss in _OTHERS if len(by[_SQUARES]) else ():
            pairs = by[loss].merge(by[_SQUARES], on=_PICTURE, suffixes=("", "_by_squares"))
            yield Case(
                "B1" if lesson == _ONE_CLASS else "B3",
                f"The {LOSS_NAMES[loss]} as the loss makes no difference.",
                f"{_said(by[loss]) or 'no such network'} to {_said(by[_SQUARES])}",
                "ratio of the factors by which the sum of squares falls",
                pairs.fall / pairs.fall_by_squares,
                geometric_mean,
                THE_SAME,
            )


def _better(
    predictions: pd.DataFrame, pictures: Sequence[Pictures], lessons: pd.Series
) -> Iterable[Case]:
    for made in pictures:
        one = lessons[made.network] == _ONE_CLASS
        learnt = "one class" if one else "pictures of many classes"
        for judge, differences in _differences(predictions, made).items():
            yield Case(
                "B2" if one else "B3",
                f"A network that learnt {learnt} makes no better class images than before.",
                f"{made.network} to {made.origin}, judged by {judge}",
                "difference of the probability of the class",
                differences,
                student,
                NO_BETTER,
            )


def _differences(predictions: pd.DataFrame, made: Pictures) -> dict[str, pd.Series]:
    """Return by judge, of each class and seed that both made, how far the probability rose."""
    fine = predictions[predictions.status == OK]
    after = fine[(fine.network == made.network) & (fine.set == made.set)]
    before = fine[(fine.network == made.origin) & (fine.set == made.origin_set)]
    both = after.merge(before, on=["judge", "class_a", "seed"], suffixes=("", "_before"))
    both = both[~both.judge.isin([made.network, made.origin])]
    rose = both.probability_a - both.probability_a_before
    found = {str(judge): part for judge, part in rose.groupby(both.judge, sort=False)}
    return found or {"no third network": rose}


def _settings() -> list[str]:
    return [column.name for column in SETTINGS]


def _said(group: pd.DataFrame) -> str:
    return ", ".join(group.network.unique())
