"""Tables of what the opposites of classes have in common: groups, ways back, cycles. No torch.

An opposite counts if its picture did not fail. Each seed is told apart, so that replicates of
a class are never taken for several classes.
"""

from collections.abc import Iterable

from preimage.tables.columns import (
    INT,
    NETWORK,
    REAL,
    SEED,
    SET,
    TEXT,
    Column,
    Table,
    interval,
    optional,
)

_COUNTED = Column("n", INT, "classes that are counted")


def _baseline(unit: str = "") -> Iterable[Column]:
    return optional(
        Column("baseline", REAL, "its mean with the opposites shuffled among the classes", unit),
        Column("baseline_low", REAL, "2.5 % of the shuffles are below", unit),
        Column("baseline_high", REAL, "2.5 % of the shuffles are above", unit),
        Column("p_value", REAL, "share of shuffles at least as far from the baseline"),
    )


OPPOSITE_GROUPS = Table(
    "opposite_groups",
    "two groups of classes, of the opposites of one network from one seed",
    (
        *(SET, NETWORK, SEED),
        Column("group", TEXT, "group of the classes"),
        Column("opposite_group", TEXT, "group that their opposites may be in"),
        _COUNTED,
        *interval("share", "share of the group's classes whose opposite is in the other", "0 .. 1"),
        *_baseline("0 .. 1"),
    ),
)

OPPOSITE_STATISTICS = Table(
    "opposite_statistics",
    "one statistic of the opposites of one network from one seed",
    (
        *(SET, NETWORK, SEED),
        Column(
            "statistic",
            TEXT,
            "self, commutative, same group: shares of classes; cycles, longest cycle: numbers",
        ),
        _COUNTED,
        *interval("value", "the statistic; of a number there is no interval"),
        *_baseline(),
    ),
)

CYCLES = Table(
    "cycles",
    "one cycle: classes each of which has the next for its opposite, and the last the first",
    (
        *(SET, NETWORK, SEED),
        Column(
            "cycle",
            INT,
            "its place among those of the network and seed from 0: longest, then widest first",
        ),
        Column("length", INT, "classes on the cycle; 1 for a class that is its own opposite"),
        Column("basin", INT, "classes that lead to the cycle, those on it included"),
        Column("classes", TEXT, "numbers of the classes on the cycle, one after the other"),
        Column("members", TEXT, "their names"),
    ),
)
