"""What the page claims of opposites, and what the opposites of a study say of it (codes I1 to I7).

All have the code of the class images' opposites, I1, for the study's sheet states I1 to I7 as one.
Claims of groups ask for groups of these names, dogs say, and claims of single classes for classes
of these names; without them they are not run. Of several seeds the first is judged.

What *nearly every*, *usually*, *many* and *rarely* are in numbers is ours. A claim that a group
leads to another must hold beyond what the network's favourite opposites give by chance, too: where
the interval is not above the upper end of the shuffles as well, the claim is inconclusive.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from preimage.claims.ledger import Claim, Row, Rule, row, table
from preimage.measures.opposites.cycles import commutative, known, places
from preimage.measures.opposites.groups import Groups, led, members
from preimage.measures.statistics.intervals import UNKNOWN, Estimate, share
from preimage.measures.statistics.seeds import of_first_seed
from preimage.measures.statistics.verdicts import (
    NOT_REPRODUCED,
    NOT_RUN,
    REPRODUCED,
    Between,
)
from preimage.plans import Plan

_HEADING = "Introduction to a Latent Space Output with Opposites"
NEARLY_EVERY, USUALLY, MANY, RARELY = 0.8, 0.5, 0.1, 0.1


@dataclass(frozen=True)
class Leads:
    """The opposites of a group's classes are in the `others`: more than a share `above` of them."""

    claim: str
    group: str
    others: tuple[str, ...]
    above: float


LEADS = (
    Leads("Nearly every dog's opposite is a dog.", "dogs", ("dogs",), NEARLY_EVERY),
    Leads(
        "The opposites of snakes are usually lizards, crocodiles or amphibians.",
        "snakes",
        ("lizards", "crocodiles", "amphibians"),
        USUALLY,
    ),
    Leads("The opposites of many birds are fish.", "birds", ("fish",), MANY),
)

# A class and its opposite by name, or the group that this is in.
PAIRS = (
    ("toilet tissue", "syringe"),
    ("syringe", "toilet tissue"),
    ("Border collie", "bloodhound"),
    ("Ibizan hound", "Tibetan mastiff"),
)
INTO_GROUPS = (("Tibetan mastiff", "terriers"),)


class OppositeClaims(Plan):
    """The networks whose opposites are judged, and groups of classes by name:
    {networks: [resnet50], groups: [[dogs, [151, 152]], [birds, [7, 8]]]}.
    """

    networks: list[str]
    groups: list[tuple[str, list[int]]]


def settle_opposites(plan: OppositeClaims, opposites: pd.DataFrame) -> pd.DataFrame:
    """Return the table CLAIMS of those rows OPPOSITES that the plan names."""
    return claims(opposites[opposites.network.isin(plan.networks)], dict(plan.groups))


def claims(opposites: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Return the table CLAIMS of rows OPPOSITES: every claim for each set and network."""
    first = of_first_seed(opposites)
    return table(
        found
        for (image_set, network), part in first.groupby(["set", "network"], sort=False)
        for found in _of_network(
            known(part), groups, f"{image_set} of {network}, seed {part.seed.iloc[0]}"
        )
    )


def _of_network(rows: pd.DataFrame, groups: Groups, compared: str) -> Iterator[Row]:
    for leads in LEADS:
        yield _leading(leads, rows, groups, compared)
    yield _rarely_commutative(rows, compared)
    for name, opposite in PAIRS:
        claim = _claim(f"The opposite of {name} is {opposite}.", _Is1())
        holds = rows["opposite_name"] == opposite
        yield _single(claim, holds[rows["name"] == name], compared)
    for name, group in INTO_GROUPS:
        claim = _claim(f"The opposite of {name} is one of the {group}.", _Is1())
        holds = rows["opposite"].isin(groups.get(group, ()))
        yield _single(claim, holds[(rows["name"] == name) & (group in groups)], compared)


def _claim(text: str, rule: Rule) -> Claim:
    return Claim("I1", text, _HEADING, rule)


def _leading(leads: Leads, rows: pd.DataFrame, groups: Groups, compared: str) -> Row:
    inside, reached = np.zeros((2, len(rows)), dtype=bool)
    if {leads.group, *leads.others} <= set(groups):
        inside = members(rows["class"], {leads.group: groups[leads.group]})[:, 0]
        others = {name: groups[name] for name in leads.others}
        reached = members(rows["opposite"], others).any(axis=1)
    found, shuffled = led(inside, reached)
    beyond = Between(low=shuffled.high).verdict(found)
    shuffles = f" and above {shuffled.high:.3g}, the upper end of 95 % of the shuffles"
    return row(
        _claim(leads.claim, Between(low=leads.above)),
        compared,
        f"share of {leads.group} whose opposite is among {', '.join(leads.others)}",
        found,
        int(inside.sum()),
        given="" if beyond == NOT_RUN else shuffles,
        by_chance=beyond != REPRODUCED,  # dogs as all favourites, or no class asked for but dogs
    )


def _rarely_commutative(rows: pd.DataFrame, compared: str) -> Row:
    back, counted = commutative(places(rows))
    return row(
        _claim("Opposites are rarely commutative.", Between(high=RARELY)),
        compared,
        "share of classes that are the opposite of their opposite",
        share(back[counted]),
        int(counted.sum()),
    )


def _single(claim: Claim, holds: pd.Series, compared: str) -> Row:
    """Judge what one class's opposite is: of a single class there is no interval."""
    found = Estimate(float(holds.iloc[0]), np.nan, np.nan) if len(holds) else UNKNOWN
    return row(claim, compared, "1 if the claim holds for the class, else 0", found, len(holds))


class _Is1:
    """The rule of a claim of one class."""

    def __str__(self) -> str:
        return "is 1"

    @staticmethod
    def verdict(found: Estimate) -> str:
        if np.isnan(found.value):
            return NOT_RUN
        return REPRODUCED if found.value == 1 else NOT_REPRODUCED
