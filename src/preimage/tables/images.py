"""Tables of image sets of classes: the pictures, and what networks say of them. No torch.

Class numbers are those of the network's outputs, from 0.
"""

from collections.abc import Iterable

from preimage.tables.columns import (
    BOOL,
    CODE,
    INT,
    ITEM,
    NETWORK,
    REAL,
    SEED,
    SET,
    STATUS,
    TARGET,
    TEXT,
    VECTOR,
    Column,
    Table,
    interval,
    optional,
)

_JUDGE = Column("judge", TEXT, "network that looks at the pictures")
_CLASSES = optional(
    Column("class_a", INT, "class of the target, the first of a pair"),
    Column("class_b", INT, "second class of a pair"),
)
_CLASS = Column("class", INT, "class of the target")
_NAME = Column("name", TEXT, "its name")

ITEMS = Table(
    "items",
    "one picture",
    (
        *(CODE, SET, NETWORK),
        Column("layer", TEXT, "layers that the objective asks"),
        *(ITEM, TARGET, *_CLASSES),
        *optional(Column("frame", INT, "number of the picture in an animation, from 0")),
        Column("objective", TEXT, "what the descent raises, as it prints itself"),
        Column("recipe", TEXT, "name of the recipe"),
        Column("recipe_digest", TEXT, "digest of everything the recipe says"),
        Column("precision", TEXT, "arithmetic of the network during the descent"),
        SEED,
        Column("size", INT, "side of the picture", "px"),
        Column("iterations", INT, "steps of all octaves"),
        *optional(
            Column("loss_start", REAL, "loss before the first step"),
            Column("loss_end", REAL, "loss before the last step"),
            Column("gradient_end", REAL, "Euclidean norm of the last step's gradient"),
        ),
        STATUS,
        Column("batch", INT, "pictures that the network saw at once, which decides how it rounds"),
        Column("seconds", REAL, "time of the batch over its items", "s"),
    ),
)

TRACE = Table(
    "trace",
    "one step of one picture",
    (
        *(SET, NETWORK, ITEM, SEED),
        Column("iteration", INT, "number of the step, from 0, over all octaves"),
        *optional(
            Column("loss", REAL, "loss before the step"),
            Column("gradient", REAL, "Euclidean norm of the step's gradient"),
            Column("m_g", REAL, "Euclidean distance of the activation to the one matched"),
            Column("m_i", REAL, "Euclidean distance of the image to the picture matched"),
        ),
    ),
    large=True,
)


def _top(most: int) -> Iterable[Column]:
    for k in range(1, most + 1):
        yield Column(f"top{k}", INT, f"class of the judge's logit number {k} from above")
        yield Column(f"top{k}_name", TEXT, f"name of top{k}")
        yield Column(f"top{k}_probability", REAL, f"softmax of top{k}", "0 .. 1")


def _of_class(letter: str) -> Iterable[Column]:
    yield Column(f"name_{letter}", TEXT, f"name of class_{letter}")
    yield Column(f"logit_{letter}", REAL, f"judge's logit of class_{letter}")
    yield Column(f"probability_{letter}", REAL, f"judge's softmax of class_{letter}", "0 .. 1")
    yield Column(f"rank_{letter}", INT, f"1 where the judge finds class_{letter} most likely")


PREDICTIONS = Table(
    "predictions",
    "what one judge says about one picture",
    (
        *(CODE, SET, NETWORK, ITEM, SEED, TARGET, *_CLASSES, _JUDGE),
        Column("size", INT, "side at which the judge saw the picture", "px"),
        *optional(
            *_top(5),
            Column("logit_top1", REAL, "highest logit"),
            Column("logit_top2", REAL, "second-highest logit"),
            *_of_class("a"),
            *_of_class("b"),
            Column("second", INT, "class of the highest logit, class_a left out"),
            Column("second_name", TEXT, "name of second"),
            Column("logit_second", REAL, "logit of second"),
        ),
        STATUS,
    ),
)

CROPS = Table(
    "crops",
    "what one judge takes the parts of one picture for: nine, each half as wide and high",
    (
        *(SET, NETWORK, ITEM, SEED),
        Column("class_a", INT, "class of the target"),
        _JUDGE,
        *optional(
            Column("labels", REAL, "different classes that the parts are taken for", "1 .. 9"),
            Column("scrambled_labels", REAL, "the same with the picture's phases scrambled"),
        ),
    ),
)

LOGITS = Table(
    "logits",
    "what one judge says about one picture, in full",
    (
        *(SET, NETWORK, ITEM, SEED, _JUDGE),
        Column("logits", VECTOR, "logit of each class of the judge"),
    ),
    large=True,
)

OPPOSITES = Table(
    "opposites",
    "one class and what the network takes the picture for that says least of it",
    (
        *(SET, NETWORK, SEED, _CLASS, _NAME),
        *optional(
            Column("opposite", INT, "class of the picture by the network that made it"),
            Column("opposite_name", TEXT, "name of opposite"),
            Column("opposite_logit", REAL, "logit of opposite"),
            Column("margin", REAL, "distance to the second-highest logit"),
            Column("is_self", BOOL, "opposite is the class itself"),
            Column("commutative", BOOL, "opposite of the opposite is the class; empty if unknown"),
        ),
        STATUS,
    ),
)

DISTANCES = Table(
    "distances",
    "one judge's logits of two class images, class_a < class_b",
    (
        *(SET, NETWORK, SEED, _JUDGE),
        Column("class_a", INT, "class of one picture"),
        Column("class_b", INT, "class of the other"),
        Column("l1", REAL, "sum of absolute differences"),
        Column("l2", REAL, "Euclidean distance"),
        *optional(Column("cosine", REAL, "1 - cosine of the angle", "0 .. 2")),
    ),
    large=True,
)

NEIGHBOURS = Table(
    "neighbours",
    "one class image and the classes nearest to it",
    (
        *(SET, NETWORK, SEED, _JUDGE, _CLASS, _NAME),
        *optional(
            *(
                column
                for metric in ("l1", "l2", "cosine")
                for column in (
                    Column(f"{metric}_neighbour", INT, f"class of least {metric} distance"),
                    Column(f"{metric}_neighbour_name", TEXT, f"name of {metric}_neighbour"),
                    Column(metric, REAL, f"{metric} distance to it"),
                )
            ),
            Column("second_neighbour", INT, "class of the highest logit but the class's own"),
            Column("second_neighbour_name", TEXT, "name of second_neighbour"),
            Column("logit_second", REAL, "logit of second_neighbour"),
        ),
    ),
)

AGREEMENT = Table(
    "agreement",
    "one set of one network under one judge",
    (
        *(SET, NETWORK, _JUDGE),
        Column("items", INT, "pictures counted: those that did not fail"),
        Column("degenerate", INT, "pictures left out: those that failed"),
        *interval("top1_agreement", "share where judge and maker say the same first", "0 .. 1"),
        *interval("target_top1", "share where class_a is first", "0 .. 1"),
        *interval("target_top5", "share where class_a is among the first five", "0 .. 1"),
        *interval("mean_probability", "mean probability of class_a", "0 .. 1"),
        *interval("mean_logit", "mean logit of class_a"),
        *interval("pearson", "correlation of the judge's L2 distances with the maker's"),
        *interval("spearman", "correlation of the ranks of these distances"),
    ),
)

FACTORS = Table(
    "factors",
    "one statistic of one factor of the demo world",
    (
        *(SET, NETWORK, _JUDGE),
        Column("factor", TEXT, "shape | colour | texture"),
        Column("statistic", TEXT, "what is counted: see preimage.measures.images.factors"),
        *optional(
            Column("value", REAL, "the statistic", "0 .. 1"),
            Column("low", REAL, "lower end of its 95 % interval", "0 .. 1"),
            Column("high", REAL, "upper end of its 95 % interval", "0 .. 1"),
            Column("baseline", REAL, "mean with results shuffled among the items", "0 .. 1"),
            Column("baseline_low", REAL, "2.5 % of the shuffles are below", "0 .. 1"),
            Column("baseline_high", REAL, "2.5 % of the shuffles are above", "0 .. 1"),
            Column("p_value", REAL, "share of shuffles at least as far from the baseline"),
        ),
        Column("items", INT, "pictures that the statistic counts"),
        Column("degenerate", INT, "pictures of the set left out: those that failed"),
    ),
)
