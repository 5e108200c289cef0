"""Tables of pictures side by side, and of pictures of two classes (codes A, B and K). No torch.

A comparison sets pictures of the same classes from several image sets side by side: a *row* is a
class, or a pair of classes, from one seed; a *column* an image set by one network. A *third*
network took no part in any picture of the comparison, nor in a merged network that did.
"""

from preimage.tables.columns import (
    BOOL,
    CODE,
    INT,
    NETWORK,
    REAL,
    SEED,
    SET,
    TEXT,
    Column,
    Table,
    optional,
)

PIXELS = "pixels"  # in place of the network that sees the pictures

_COMPARISON = Column("comparison", TEXT, "name of the comparison")
_BY = Column("by", TEXT, f"{PIXELS}, or the network whose features or probabilities are compared")
_METRIC = Column("metric", TEXT, "l2 | cosine | probability")
_THIRD = Column("third", BOOL, "whether `by` is a network that took no part; empty for pixels")
_ESTIMATE = optional(
    Column("value", REAL, "the statistic"),
    Column("low", REAL, "lower end of its 95 % interval"),
    Column("high", REAL, "upper end of its 95 % interval"),
)

COMPARED_IMAGES = Table(
    "compared_images",
    "one row of a comparison: the picture of one column to that of another",
    (
        *(CODE, _COMPARISON),
        Column("classes", TEXT, "address of the row, its class or pair: 007, or 003+007"),
        *optional(
            Column("class_a", INT, "class of the row, the first of a pair"),
            Column("class_b", INT, "second class of a pair"),
        ),
        SEED,
        Column("one", TEXT, "title of one column"),
        Column("other", TEXT, "title of the other"),
        _BY,
        *optional(_THIRD),
        _METRIC,
        *optional(
            Column("distance", REAL, "l2: Euclidean; cosine: 1 - cosine"),
            Column("to_others", REAL, "mean distance to the other column's pictures of other rows"),
        ),
        *optional(
            Column(
                "between_seeds",
                REAL,
                "mean distance of `one`'s pictures of the row from two seeds, of all in its set; "
                "of features alone",
            )
        ),
        Column("nearer_others", INT, "how many of these are nearer than the row's own"),
        Column("others", INT, "how many there are: rows of other classes"),
        *optional(Column("ssim", REAL, "structural similarity of what is seen; of pixels and l2")),
    ),
)

HUES = Table(
    "hues",
    "one picture of a comparison: the share of its pixels that are vividly of a hue",
    (
        *(CODE, _COMPARISON),
        Column("classes", TEXT, "address of the row, its class or pair: 007, or 003+007"),
        *optional(
            Column("class_a", INT, "class of the row, the first of a pair"),
            Column("class_b", INT, "second class of a pair"),
        ),
        SEED,
        Column("one", TEXT, "title of the column"),
        *optional(
            Column("yellow", REAL, "share of a hue from 40 to 70 degrees", "0 .. 1"),
            Column("red", REAL, "share of a hue from 335 to 25 degrees", "0 .. 1"),
        ),
    ),
)

COMPARISONS = Table(
    "comparisons",
    "one statistic of a comparison, with its interval over classes or pairs",
    (
        *(CODE, _COMPARISON),
        Column("statistic", TEXT, "what is counted: see preimage.measures.comparisons.columns"),
        Column("one", TEXT, "title of the column that it is of"),
        *optional(
            Column("other", TEXT, "title of the column that `one` is compared with"),
            Column("toward", TEXT, "title of the column that both are compared with"),
        ),
        _BY,
        *optional(_THIRD),
        _METRIC,
        *_ESTIMATE,
        *optional(Column("baseline", REAL, "the same by chance, or with pictures of other rows")),
        Column("n", INT, "classes or pairs counted: those with pictures that did not fail"),
    ),
)

PAIRS = Table(
    "pairs",
    "one statistic of what a judge sees in the pictures of two classes each",
    (
        *(CODE, SET, NETWORK),
        Column("judge", TEXT, "network that looks at the pictures"),
        Column("statistic", TEXT, "what is counted: see preimage.measures.comparisons.pairs"),
        *_ESTIMATE,
        *optional(
            Column("baseline", REAL, "mean with the pairs shuffled among the pictures"),
            Column("baseline_low", REAL, "2.5 % of the shuffles are below"),
            Column("baseline_high", REAL, "2.5 % of the shuffles are above"),
            Column("p_value", REAL, "share of shuffles at least as far from the baseline"),
        ),
        Column("items", INT, "pairs counted: those with a picture that did not fail, of any seed"),
        Column("degenerate", INT, "pictures left out: those that failed"),
    ),
)
