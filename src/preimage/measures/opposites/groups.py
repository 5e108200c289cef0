"""Which groups the opposites of a group's classes are in, and how often the way leads back.

Codes I1 to I7. The baseline shuffles the opposites among the classes: what a network's favourite
opposites would give without any relation to the classes. For the share of one group in another the
chances of all shuffles are known (the hypergeometric distribution); else some are drawn. Shares
have Wilson intervals, which take classes as independent. Of commutative ones there are always two,
so that their interval is somewhat too short.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import hypergeom
from scipy.stats.distributions import rv_frozen

from preimage.measures.opposites.cycles import GROUP, commutative, known, lengths, places
from preimage.measures.statistics.intervals import (
    UNKNOWN,
    Chance,
    Estimate,
    chance,
    orders,
    share,
    shuffled,
)
from preimage.tables.opposites import OPPOSITE_GROUPS, OPPOSITE_STATISTICS

Groups = Mapping[str, Sequence[int]]  # the classes of each group, by its name

_NO_CHANCE = Chance(*UNKNOWN, np.nan)


def opposite_groups(opposites: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Return the table OPPOSITE_GROUPS of rows OPPOSITES: every group that has a class, by every.

    A class that is in several groups counts in each of them.
    """
    rows = [
        dict(zip(GROUP, keys, strict=True)) | row
        for keys, part in known(opposites).groupby(GROUP, sort=False)
        for row in _by_group(part, groups)
    ]
    return pd.DataFrame(rows, columns=OPPOSITE_GROUPS.names)


def statistics(opposites: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Return the table OPPOSITE_STATISTICS of rows OPPOSITES; `same group` only if there are any.

    same group: the class and its opposite have a group in common; counted are classes in a group.
    cycles: their number, with classes that are their own opposites; see `opposite_cycles`.
    """
    rows = [
        dict(zip(GROUP, keys, strict=True)) | row
        for keys, part in known(opposites).groupby(GROUP, sort=False)
        for row in _statistics(part, groups)
    ]
    return pd.DataFrame(rows, columns=OPPOSITE_STATISTICS.names)


def _by_group(rows: pd.DataFrame, groups: Groups) -> Iterator[dict[str, object]]:
    inside, reached = members(rows["class"], groups), members(rows["opposite"], groups)
    for (i, group), (j, other) in product(enumerate(groups), repeat=2):
        if inside[:, i].any():
            found, by_chance = led(inside[:, i], reached[:, j])
            yield {
                **{"group": group, "opposite_group": other, "n": int(inside[:, i].sum())},
                **found.columns("share"),
                **by_chance.columns(),
            }


def members(classes: pd.Series, groups: Groups) -> np.ndarray:
    """Return which of the n classes are in each of the G groups: [n, G]."""
    found = [np.isin(classes, list(group)) for group in groups.values()]
    return np.array(found, dtype=bool).reshape(len(groups), len(classes)).T


def led(inside: np.ndarray, reached: np.ndarray) -> tuple[Estimate, Chance]:
    """Return the share of classes `inside` [n] a group whose opposite is `reached` [n], by chance
    too: over all shuffles of the n opposites.
    """
    if not inside.any():
        return UNKNOWN, _NO_CHANCE
    of_shuffles, counts = _by_chance(inside, reached)
    drawn = len(counts) - 1
    expected, observed = float(reached.mean() * drawn), int((inside & reached).sum())
    further = np.abs(counts - expected) >= abs(observed - expected) - 1e-12
    p_value = min(1.0, float(of_shuffles.pmf(counts)[further].sum()))
    low, high = of_shuffles.ppf((0.025, 0.975))
    by_chance = Chance(*(float(x / drawn) for x in (expected, low, high)), p_value)
    return share(reached[inside]), by_chance


def chances(inside: np.ndarray, reached: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares that shuffles of the opposites can give, and how often each does."""
    of_shuffles, counts = _by_chance(inside, reached)
    return counts / max(len(counts) - 1, 1), of_shuffles.pmf(counts)


def _by_chance(inside: np.ndarray, reached: np.ndarray) -> tuple[rv_frozen, np.ndarray]:
    """Return how many of the classes inside shuffles lead there, and which numbers there are."""
    drawn = int(inside.sum())
    return hypergeom(len(inside), int(reached.sum()), drawn), np.arange(drawn + 1)


def _statistics(rows: pd.DataFrame, groups: Groups) -> Iterator[dict[str, object]]:
    classes, opposites = rows["class"].to_numpy(), rows["opposite"].to_numpy()
    yield _of_scores("self", classes[:, None] == opposites[None, :])
    steps = places(rows)
    drawn = orders(len(rows))
    shuffles = np.column_stack([steps[:-1][drawn], np.full(len(drawn), len(rows))])
    yield _commutative(steps, shuffles)
    if groups:
        inside, reached = members(rows["class"], groups), members(rows["opposite"], groups)
        kept = inside.any(axis=1)
        yield _of_scores("same group", inside[kept] @ reached[kept].T)
    length, by_chance = lengths(steps), lengths(shuffles)
    yield _number("cycles", (length > 0).sum(), (by_chance > 0).sum(axis=1), len(rows))
    yield _number("longest cycle", length.max(), by_chance.max(axis=1), len(rows))


def _of_scores(name: str, scores: np.ndarray) -> dict[str, object]:
    own = np.diagonal(scores)
    by_chance = shuffled(scores) if len(own) else _NO_CHANCE
    return _row(name, len(own), share(own), by_chance)


def _commutative(steps: np.ndarray, shuffles: np.ndarray) -> dict[str, object]:
    back, counted = commutative(steps)
    found = share(back[counted])
    drawn_back, drawn_counted = (part.sum(axis=1) for part in commutative(shuffles))
    there = drawn_counted > 0
    if not counted.any() or not there.any():
        return _row("commutative", int(counted.sum()), found, _NO_CHANCE)
    by_chance = chance(drawn_back[there] / drawn_counted[there], found.value)
    return _row("commutative", int(counted.sum()), found, by_chance)


def _number(name: str, observed: int, drawn: np.ndarray, n: int) -> dict[str, object]:
    found = Estimate(float(observed), np.nan, np.nan)
    return _row(name, n, found, chance(drawn.astype(float), found.value))


def _row(name: str, n: int, found: Estimate, by_chance: Chance) -> dict[str, object]:
    return {"statistic": name, "n": n, **found.columns("value"), **by_chance.columns()}
