"""What the page "Input Generation II" claims of opposites, and what is found (codes I1 and I2).

A claim that a group leads to another must hold beyond what the network's favourite opposites give
by chance, too.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import Makers
from preimage.measures.opposites.cycles import commutative, known, places
from preimage.measures.opposites.groups import led, members
from preimage.measures.statistics.samples import Known, Sample
from preimage.measures.statistics.seeds import of_first_seed
from preimage.plans import Plan

Groups = Mapping[str, Sequence[int]]

# Claim, the group of the classes, and those of their opposites.
_LEADS = {
    "I1.3": ("dogs", ("dogs",)),
    "I1.11": ("snakes", ("lizards", "crocodiles", "amphibians")),
    "I1.12": ("birds", ("fish",)),
}
# Claim, a class, and its opposite: a class, or a group of classes.
_NAMED = {
    "I1.6": ("toilet tissue", "syringe"),
    "I1.7": ("Border collie", "bloodhound"),
    "I1.8": ("Ibizan hound", "Tibetan mastiff"),
    "I1.9": ("Tibetan mastiff", "terriers"),
}
_CLASSES = 1000  # of which opposites are dealt anew on the page


class OppositeClaims(Plan):
    """Groups of classes by name: {groups: [[dogs, [151, 152]], [birds, [7, 8]]]}."""

    groups: list[tuple[str, list[int]]]


def settle_opposites(
    plan: OppositeClaims, makers: Makers, opposites: pd.DataFrame
) -> Iterator[Evidence]:
    """Yield what rows OPPOSITES say of each claim, by set and network."""
    groups = dict(plan.groups)
    for (image_set, network), rows in opposites.groupby(["set", "network"], sort=False):
        primary = network in makers and makers[network].is_page_s("googlenet")
        first = known(of_first_seed(rows))
        found = {
            **{claim: _leading(first, *ends, groups) for claim, ends in _LEADS.items()},
            **{claim: _named(rows, *ends, groups) for claim, ends in _NAMED.items()},
            "I1.10": _commutative(first),
        }
        for claim, parts in found.items():
            if parts:
                where = f"{network} ({image_set})"
                whole = primary and (claim in _NAMED or len(first) == _CLASSES)
                yield Evidence(claim, parts, where, primary=whole, measured_in=network)


def _leading(rows: pd.DataFrame, group: str, others: Sequence[str], groups: Groups) -> Samples:
    """Return the share of a group's opposites that others hold; nothing without these groups."""
    if not {group, *others} <= set(groups):
        return {}
    inside = members(rows["class"], {group: groups[group]})[:, 0]
    reached = members(rows["opposite"], {name: groups[name] for name in others}).any(axis=1)
    if not inside.any():
        return {}
    _, by_chance = led(inside, reached)
    return {
        "share": Sample(reached[inside], "share"),
        "shuffled": Known(by_chance.p_value),
    }


def _named(rows: pd.DataFrame, name: str, opposite: str, groups: Groups) -> Samples:
    """Return in which share of seeds a class has that opposite; NaN of those that failed."""
    own = rows[rows["name"] == name]
    holds = own["opposite_name"] == opposite
    if opposite in groups:
        holds = own["opposite"].isin(groups[opposite])
    truths = np.where(own["opposite"].notna(), holds, np.nan)
    return {"share": Sample(truths.astype(float), "share")} if len(own) else {}


def _commutative(rows: pd.DataFrame) -> Samples:
    back, counted = commutative(places(rows))
    return {"share": Sample(back[counted], "share")} if counted.any() else {}
