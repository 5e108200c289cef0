"""What the source pages claim, and how a row of the table of claims is made of what is found.

The claims are in `ledger.yaml`, each with its statistic, unit, rule and control, fixed before any
verdict. Each has one primary row in every study: of what the page made it with, or *not run*, or
*not judged*. Other networks, recipes, sizes and judges make exploratory rows, which change nothing.
What tells whether the table itself can be trusted has one row of the role calibration instead.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from math import inf, isnan, nan
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np
import pandas as pd
from msgspec import Meta
from scipy import stats

from preimage.measures.statistics.intervals import UNKNOWN, Estimate
from preimage.measures.statistics.rules import Is, Part, part, together
from preimage.measures.statistics.samples import Known, Statistic
from preimage.measures.statistics.verdicts import (
    INCONCLUSIVE,
    NOT_JUDGED,
    NOT_REPRODUCED,
    NOT_RUN,
    REPRODUCED,
    Between,
)
from preimage.plans import Plan, read_list
from preimage.tables.claims import CLAIMS

PRIMARY, EXPLORATORY, CALIBRATION = "primary", "exploratory", "calibration"
_FILE = Path(__file__).with_name("ledger.yaml")
_FALSE_DISCOVERIES = 0.05

Row = dict[str, object]
Samples = Mapping[str, Statistic]


class Claim(Plan):
    """A sentence of the pages as it can be settled: an entry of `ledger.yaml`, explained there."""

    id: str
    code: str
    page: str
    heading: str
    claim: str
    made_for: str
    role: Literal["primary", "calibration"] = "primary"
    statistic: str = ""
    unit: str = ""
    least: Annotated[int, Meta(ge=1)] = 1
    rule: dict[str, str] = msgspec.field(default_factory=dict)
    control: str = ""
    proxy: str = ""
    not_judged: str = ""
    lacks: str = ""
    audit: int | None = None

    @property
    def parts(self) -> list[Part]:
        """The conditions that must all hold."""
        return [part(name, text) for name, text in self.rule.items()]

    @property
    def also(self) -> bool:
        """Whether the claim is expected to hold of the control, too, which then caps nothing."""
        return "also" in self.control


@dataclass(frozen=True)
class Evidence:
    """What a study has found of one claim.

    claim: its id. parts: what is found, by the names of the rule's parts. networks: whom it was
    found on. primary: whether it was made as the page made it; of several that of the most units
    counts. control: the same where the claim should not hold, or some parts of it. also: what else
    tells this row from others of the claim, such as a judge or a noise level. why: what else a
    reader must know. doubt: what leaves the claim open whatever is found: a judge who sees nothing.
    """

    claim: str
    parts: Samples
    networks: str
    primary: bool = False
    recipe: str = ""
    size: int | None = None
    measured_in: str = ""
    control: Samples = field(default_factory=dict)
    also: str = ""
    why: str = ""
    doubt: str = ""


@cache
def claims() -> dict[str, Claim]:
    """Return the claims of the pages by their ids, in the order of the pages."""
    return {claim.id: claim for claim in read_list(_FILE, Claim)}


def table(
    found: Iterable[Evidence],
    calibrate: Callable[[pd.DataFrame], Iterable[Evidence]] = lambda rows: (),
) -> pd.DataFrame:
    """Return the table CLAIMS: one primary row of each claim, and exploratory ones behind it.

    calibrate: returns evidence of what follows from all these rows alone.
    Raises KeyError for what is found of a claim that there is not.
    """
    rows = _table(claims().values(), found)
    more = list(calibrate(rows))
    if asked := [claims()[name] for name in dict.fromkeys(one.claim for one in more)]:
        names = [claim.id for claim in asked]
        rows = pd.concat([rows[~rows.id.isin(names)], _table(asked, more)])
    place = {name: number for number, name in enumerate(claims())}
    rows = rows.sort_values("id", key=lambda ids: ids.map(place), kind="stable", ignore_index=True)
    return _with_q(rows)


def _table(asked: Iterable[Claim], found: Iterable[Evidence]) -> pd.DataFrame:
    by_claim: dict[str, list[Evidence]] = {claim.id: [] for claim in asked}
    for one in found:
        by_claim[one.claim].append(one)
    rows = [row for name, all_found in by_claim.items() for row in _rows(claims()[name], all_found)]
    return pd.DataFrame(rows, columns=CLAIMS.names)


def _rows(claim: Claim, found: list[Evidence]) -> Iterator[Row]:
    """Yield the primary row of a claim, or that of a calibration, then others that were run.

    Of several primary ones that of the most units counts, the first of these.
    """
    judged = [_judged(claim, one.parts) for one in found]
    run = [one.verdict != NOT_RUN for one in judged]
    own = [at for at, one in enumerate(found) if one.primary]
    first = max(own, key=lambda at: (run[at], judged[at].n), default=None)
    others = [at for at in range(len(found)) if run[at] and at != first]
    if first is None:
        yield _absent(claim, any_found=bool(others))
    else:
        yield _row(claim, found[first], judged[first], claim.role)
    yield from (_row(claim, found[at], judged[at], EXPLORATORY) for at in others)


def _absent(claim: Claim, *, any_found: bool) -> Row:
    """Return the primary row of a claim that is not judged, or of which this study has nothing."""
    why = f"nothing here was made with {claim.made_for} as on the page"
    why += f"; {claim.lacks}" if claim.lacks else ""
    why += "; the exploratory rows say what others give" if any_found else ""
    verdict = NOT_RUN
    if claim.not_judged:
        verdict, why = NOT_JUDGED, claim.not_judged
    return _common(claim) | {
        "role": claim.role,
        "n": 0,
        "asked": 0,
        "failed": 0,
        "verdict": verdict,
        "why": why,
    }


def _common(claim: Claim) -> Row:
    names = "id", "audit", "code", "page", "heading", "claim", "made_for", "statistic", "unit"
    rule = "; ".join(f"{name} {text}" for name, text in claim.rule.items())
    cells = {name: getattr(claim, name) for name in names}
    empty = dict.fromkeys(("networks", "recipe", "measured_in", "parts", "control_verdict"), "")
    return cells | empty | {"least": claim.least, "rule": rule, "control": claim.control}


def _row(claim: Claim, found: Evidence, judged: "_Whole", role: str) -> Row:
    control = _judged(claim, found.control, found.control) if found.control else None
    verdict, why = _limited(claim, judged, control, found.doubt)
    deciding = judged.deciding
    return _common(claim) | {
        "claim": f"{claim.claim} {found.also}".strip(),
        "role": role,
        "networks": found.networks,
        "recipe": found.recipe,
        "size": found.size,
        "measured_in": found.measured_in,
        "n": judged.n,
        "asked": judged.n + judged.failed,
        "failed": judged.failed,
        **deciding.estimate._asdict(),
        "p": judged.p,
        "parts": "; ".join(map(str, judged.parts)),
        **_stands(deciding),
        "control_value": control.deciding.estimate.value if control else nan,
        "control_verdict": control.verdict if control else "",
        "verdict": verdict,
        "why": "; ".join(filter(None, (why, found.why, claim.proxy and f"proxy: {claim.proxy}"))),
    }


@dataclass(frozen=True)
class _Judged:
    """What a part of a rule says of what was found."""

    part: Part
    sample: Statistic | None

    @cached_property
    def estimate(self) -> Estimate:
        return UNKNOWN if self.sample is None else self.sample.estimate

    @cached_property
    def verdict(self) -> str:
        """Not run without anything; what failed in every case leaves it open."""
        verdict = self.part.rule.verdict(self.estimate)
        tried = self.sample is not None and self.sample.failed > 0
        return INCONCLUSIVE if verdict == NOT_RUN and tried else verdict

    @cached_property
    def with_failed(self) -> set[str]:
        """The verdicts with those that failed for and against the claim."""
        if self.sample is None:
            return set()
        ends = (self.sample.with_failed(high=high).estimate for high in (False, True))
        return {self.part.rule.verdict(end) for end in ends}

    @cached_property
    def p(self) -> float:
        return nan if self.sample is None else self.part.p(self.sample)

    def __str__(self) -> str:
        value, low, high = self.estimate
        ends = "" if isnan(low) or low == high else f" [{low:.4g}, {high:.4g}]"
        return f"{self.part.name} {value:.4g}{ends} {self.part.text}: {self.verdict}"


@dataclass(frozen=True)
class _Whole:
    parts: list[_Judged]

    @property
    def verdict(self) -> str:
        return together([one.verdict for one in self.parts])

    @property
    def deciding(self) -> _Judged:
        """The part that speaks most against the claim."""
        order = (NOT_REPRODUCED, NOT_RUN, INCONCLUSIVE, REPRODUCED)
        return min(self.parts, key=lambda one: (order.index(one.verdict), -np.nan_to_num(one.p)))

    @property
    def lacking(self) -> list[str]:
        """The names of the parts without a value."""
        return [one.part.name for one in self.parts if one.verdict == NOT_RUN]

    @property
    def n(self) -> int:
        return min((one.sample.n for one in self.parts if _counted(one.sample)), default=1)

    @property
    def failed(self) -> int:
        return max((one.sample.failed for one in self.parts if one.sample), default=0)

    @property
    def whatever_failed(self) -> bool:
        """Whether the verdict is the same with those that failed for or against the claim."""
        sure = [one.with_failed == {self.verdict} for one in self.parts]
        return any(sure) if self.verdict == NOT_REPRODUCED else all(sure)

    @property
    def p(self) -> float:
        """The largest of the parts'; NaN where none has one."""
        known = [one.p for one in self.parts if not isnan(one.p)]
        return max(known, default=nan)


def _counted(sample: Statistic | None) -> bool:
    """Return whether a sample counts units; an exact number does not."""
    return sample is not None and (sample.n > 1 or not isinstance(sample, Known))


def _judged(claim: Claim, found: Samples, asked: Iterable[str] = ()) -> _Whole:
    """Return what the parts of a rule say, or only those asked for."""
    if unknown := [name for name in found if name not in claim.rule]:
        raise KeyError(f"{claim.id} has no part {', '.join(unknown)}")
    parts = [one for one in claim.parts if not asked or one.name in asked]
    return _Whole([_Judged(one, found.get(one.name)) for one in parts])


def _limited(claim: Claim, judged: _Whole, control: _Whole | None, doubt: str) -> tuple[str, str]:
    """Return the verdict, at most inconclusive where something speaks against it, and what."""
    if judged.verdict == NOT_RUN:
        return NOT_RUN, f"no value of {', '.join(judged.lacking)}"
    reason = doubt or _reason(claim, judged, control)
    return (INCONCLUSIVE, reason) if reason else (judged.verdict, "")


def _reason(claim: Claim, judged: _Whole, control: _Whole | None) -> str:
    """Return why a claim is open that its interval alone might settle; "" where it is not."""
    if judged.n < claim.least:
        count = f"{judged.n} ({judged.failed} failed)" if judged.failed else str(judged.n)
        return f"{count}, where a verdict needs {claim.least} {claim.unit}"
    if judged.verdict == INCONCLUSIVE:
        return ""
    if judged.failed and not judged.whatever_failed:
        return f"{judged.failed} failed, and they could turn the verdict"
    holds_of_both = judged.verdict == REPRODUCED == (control.verdict if control else "")
    return "the control gives that, too" if holds_of_both and not claim.also else ""


def _stands(deciding: _Judged) -> Row:
    """Return between which thresholds the deciding part's verdict would be the same."""
    value, low, high = deciding.estimate
    rule = deciding.part.rule
    if isinstance(rule, Is) or isnan(value):
        return {"stands_from": nan, "stands_to": nan}
    if isnan(low):
        return {"stands_from": -inf, "stands_to": inf}
    below = {REPRODUCED: (-inf, low), NOT_REPRODUCED: (high, inf), INCONCLUSIVE: (low, high)}
    above = {REPRODUCED: (high, inf), NOT_REPRODUCED: (-inf, low), INCONCLUSIVE: (low, high)}
    ends = (below if _nearer_below(rule, value) else above)[deciding.verdict]
    return {"stands_from": ends[0], "stands_to": ends[1]}


def _nearer_below(rule: Between, value: float) -> bool:
    """Return whether the lower bound is the one in question."""
    return abs(value - rule.low) <= abs(value - rule.high)


def _with_q(rows: pd.DataFrame) -> pd.DataFrame:
    """Add q, the false discovery rate (Benjamini and Hochberg 1995) among primary rows."""
    counted = (rows.role == PRIMARY) & rows.p.notna()
    p = rows.p[counted].to_numpy(float)
    q = pd.Series(stats.false_discovery_control(p) if len(p) else p, rows.index[counted])
    rows = rows.assign(q=q.reindex(rows.index).astype(float))
    chance = (rows.q > _FALSE_DISCOVERIES) & (rows.verdict == REPRODUCED)
    rows.loc[chance, "why"] = [
        "; ".join(filter(None, (why, f"q is {q:.2g}")))
        for why, q in zip(rows.why[chance], rows.q[chance], strict=True)
    ]
    return rows
