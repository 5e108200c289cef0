"""What a claim of the source pages is, and how a row of the table of claims is made."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from preimage.measures.statistics.intervals import UNKNOWN, Estimate
from preimage.measures.statistics.verdicts import INCONCLUSIVE, REPRODUCED
from preimage.tables.claims import CLAIMS

Row = dict[str, object]


class Rule(Protocol):
    """What says in words where a statistic must lie, as `Between` does, and whether it does."""

    def verdict(self, found: Estimate) -> str:
        """Return reproduced, not reproduced, inconclusive, or not run without a value."""


@dataclass(frozen=True)
class Claim:
    """A sentence of the pages as it can be settled.

    heading: of the page, under which it stands. given: what else must be so, in words behind the
    rule.
    """

    code: str
    text: str
    heading: str
    rule: Rule
    given: str = ""


def row(
    claim: Claim,
    compared: str,
    statistic: str,
    found: Estimate = UNKNOWN,
    n: int = 0,
    *,
    given: str = "",
    by_chance: bool = False,
    **cells: object,
) -> Row:
    """Return the row of CLAIMS for what is found; without an estimate the claim is not run.

    given: words behind the rule, for this row alone. by_chance: whether chance would give that,
    too: then it is not reproduced. cells: what the row says in place of what follows from these.
    """
    verdict = claim.rule.verdict(found)
    return {
        "code": claim.code,
        "claim": claim.text,
        "heading": claim.heading,
        "compared": compared,
        "statistic": statistic,
        **found._asdict(),
        "n": n,
        "rule": f"{claim.rule}{claim.given}{given}",
        "verdict": INCONCLUSIVE if by_chance and verdict == REPRODUCED else verdict,
    } | cells


def table(rows: Iterable[Row]) -> pd.DataFrame:
    """Return the table CLAIMS of rows, by their codes."""
    return pd.DataFrame(list(rows), columns=CLAIMS.names).sort_values("code", kind="stable")


def one_below_the_other(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of several tables CLAIMS in their order; any of them may be empty."""
    rows = [one for part in tables for one in part.to_dict("records")]
    return pd.DataFrame(rows, columns=CLAIMS.names)
