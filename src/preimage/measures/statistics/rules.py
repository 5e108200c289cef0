"""Where a statistic must lie for a claim to hold, as it is written: ``> 0.5`` or ``in 1..2``."""

import re
from dataclasses import dataclass
from math import inf, isnan

import numpy as np

from preimage.errors import UserError
from preimage.measures.statistics.intervals import Estimate
from preimage.measures.statistics.samples import Statistic
from preimage.measures.statistics.verdicts import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_RUN,
    REPRODUCED,
    Between,
)

_NUMBER = r"-?\d+(?:\.\d+)?"
_FORMS = {
    re.compile(rf"> ({_NUMBER})"): lambda x: Between(low=x),
    re.compile(rf"< ({_NUMBER})"): lambda x: Between(high=x),
    re.compile(rf"in ({_NUMBER})\.\.({_NUMBER})"): Between,
}
_EQUAL = re.compile(rf"is ({_NUMBER})")


@dataclass(frozen=True)
class Is:
    """The one value of an exact statistic for which a claim holds."""

    value: float

    def verdict(self, found: Estimate) -> str:
        """Return reproduced or not reproduced; not run without a value."""
        if isnan(found.value):
            return NOT_RUN
        return REPRODUCED if found.value == self.value else NOT_REPRODUCED


@dataclass(frozen=True)
class Part:
    """One condition of a rule, of the statistic of that name."""

    name: str
    text: str
    rule: Between | Is

    def p(self, sample: Statistic) -> float:
        """Return the one-sided p value of the statistic lying where it must; NaN without one."""
        if isinstance(self.rule, Is):
            return float("nan")
        above = sample.p_above(self.rule.low) if self.rule.low > -inf else 0.0
        below = 1 - sample.p_above(self.rule.high) if self.rule.high < inf else 0.0
        return float(np.maximum(above, below))  # NaN where one is


def part(name: str, text: str) -> Part:
    """Return the condition that is written so. Raises UserError for another form."""
    for form, made in _FORMS.items():
        if found := form.fullmatch(text):
            return Part(name, text, made(*map(float, found.groups())))
    if found := _EQUAL.fullmatch(text):
        return Part(name, text, Is(float(found[1])))
    raise UserError(f"a rule says {name} {text!r}: write > x, < x, in x..y or is x")


def together(verdicts: list[str]) -> str:
    """Return the verdict of conditions that must all hold."""
    if NOT_REPRODUCED in verdicts:
        return NOT_REPRODUCED
    if NOT_RUN in verdicts or not verdicts:
        return NOT_RUN
    return INCONCLUSIVE if INCONCLUSIVE in verdicts else REPRODUCED
