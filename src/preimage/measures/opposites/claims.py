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

from preimage.measures.opposites.cycles import commutative, known, places
from preimage.measures.opposites.groups import Groups, led, members
from preimage.measures.statistics.intervals import UNKNOWN, Estimate, share
from preimage.measures.statistics.seeds import of_first_seed
from preimage.measures.statistics.verdicts import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_RUN,
    REPRODUCED,
    Between,
)
from preimage.tables.claims import CLAIMS

_ABOUT = {
    "code": "I1",
    "heading": "Introduction to a Latent Space Output with Opposites",
}
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


def claims(opposites: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Return the table CLAIMS of rows OPPOSITES: every claim for each set and network."""
    first = of_first_seed(opposites)
    rows = [
        {**_ABOUT, "compared": f"{image_set} of {network}, seed {part.seed.iloc[0]}", **row}
        for (image_set, network), part in first.groupby(["set", "network"], sort=False)
        for row in _of_network(known(part), groups)
    ]
    return pd.DataFrame(rows, columns=CLAIMS.names)


def _of_network(rows: pd.DataFrame, groups: Groups) -> Iterator[dict[str, object]]:
    for claim in LEADS:
        yield _leading(claim, rows, groups)
    yield _rarely_commutative(rows)
    for name, opposite in PAIRS:
        claim = f"The opposite of {name} is {opposite}."
        yield _single(claim, name, rows, rows["opposite_name"] == opposite)
    for name, group in INTO_GROUPS:
        claim = f"The opposite of {name} is one of the {group}."
        found = rows["opposite"].isin(groups.get(group, ()))
        yield _single(claim, name, rows if group in groups else rows[:0], found)


def _leading(claim: Leads, rows: pd.DataFrame, groups: Groups) -> dict[str, object]:
    inside, reached = np.zeros((2, len(rows)), dtype=bool)
    if {claim.group, *claim.others} <= set(groups):
        inside = members(rows["class"], {claim.group: groups[claim.group]})[:, 0]
        others = {name: groups[name] for name in claim.others}
        reached = members(rows["opposite"], others).any(axis=1)
    found, by_chance = led(inside, reached)
    enough, beyond = Between(low=claim.above), Between(low=by_chance.high)
    verdict = enough.verdict(found)
    if verdict == REPRODUCED and beyond.verdict(found) != REPRODUCED:
        verdict = INCONCLUSIVE  # dogs as everybody's favourites, or no class asked for but dogs
    shuffles = f"{by_chance.high:.3g}, the upper end of 95 % of the shuffles"
    return {
        "claim": claim.claim,
        "statistic": f"share of {claim.group} whose opposite is among {', '.join(claim.others)}",
        **found._asdict(),
        "n": int(inside.sum()),
        "rule": str(enough) if verdict == NOT_RUN else f"{enough} and above {shuffles}",
        "verdict": verdict,
    }


def _rarely_commutative(rows: pd.DataFrame) -> dict[str, object]:
    back, counted = commutative(places(rows))
    found, rule = share(back[counted]), Between(high=RARELY)
    return {
        "claim": "Opposites are rarely commutative.",
        "statistic": "share of classes that are the opposite of their opposite",
        **found._asdict(),
        "n": int(counted.sum()),
        "rule": str(rule),
        "verdict": rule.verdict(found),
    }


def _single(claim: str, name: str, rows: pd.DataFrame, holds: pd.Series) -> dict[str, object]:
    """Judge what one class's opposite is: of a single class there is no interval."""
    seen = holds[rows.index[rows["name"] == name]]
    verdict = (REPRODUCED if seen.all() else NOT_REPRODUCED) if len(seen) else NOT_RUN
    found = Estimate(float(seen.iloc[0]), np.nan, np.nan) if len(seen) else UNKNOWN
    return {
        "claim": claim,
        "statistic": "1 if the claim holds for the class, else 0",
        **found._asdict(),
        "n": len(seen),
        "rule": "is 1",
        "verdict": verdict,
    }
