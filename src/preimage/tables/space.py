"""Tables of the space of classes: feature maps, neighbours, principal components. No torch.

What is measured are class images; of several seeds each has rows of its own.
"""

from preimage.tables.columns import (
    BOOL,
    CODE,
    INT,
    NETWORK,
    REAL,
    SEED,
    SET,
    STATUS,
    TEXT,
    Column,
    Table,
    interval,
    optional,
)

_CLASS = Column("class", INT, "class of the picture")
_NAME = Column("name", TEXT, "its name")
_KIND = Column("kind", TEXT, "second logit | L2 distance: how a class finds its neighbour")
_OF_SPACE = (
    *(CODE, SET, NETWORK),
    Column("space", TEXT, "name of the space"),
    Column("judge", TEXT, "network whose maps are the axes"),
    Column("layer", TEXT, "its layer"),
    Column("map", INT, "number of the map, from 0"),
    Column("batch_norm", BOOL, "whether the layer kept its BatchNorms"),
    SEED,
)
_BASELINE = optional(
    Column("baseline", REAL, "mean over shuffles"),
    Column("baseline_low", REAL, "2.5 % of the shuffles are below"),
    Column("baseline_high", REAL, "2.5 % of the shuffles are above"),
    Column("p_value", REAL, "share of shuffles at least as far from the baseline"),
)

MAP_MEANS = Table(
    "map_means",
    "one feature map on one picture",
    (
        *(*_OF_SPACE, _CLASS, _NAME),
        *optional(Column("mean", REAL, "mean activation over the map")),
        STATUS,
    ),
)

PIXEL_NEIGHBOURS = Table(
    "pixel_neighbours",
    "one class image and the class whose picture has the nearest pixels",
    (
        *(SET, NETWORK, SEED, _CLASS, _NAME),
        *optional(
            Column("pixel_neighbour", INT, "that class"),
            Column("distance", REAL, "root of the mean squared difference, at most 64 px wide"),
        ),
    ),
)

MAP_DISTRIBUTIONS = Table(
    "map_distributions",
    "one feature map: how its means are distributed over classes",
    (
        *_OF_SPACE,
        Column("pictures", INT, "pictures counted: those that did not fail"),
        Column("degenerate", INT, "pictures left out: those that failed"),
        *optional(
            Column("mean", REAL, "mean over pictures"),
            Column("deviation", REAL, "standard deviation over pictures"),
        ),
        *interval("skewness", "0 for a normal distribution"),
        *interval("kurtosis", "excess kurtosis, 0 for a normal distribution"),
        *optional(
            Column("normaltest", REAL, "K squared of D'Agostino and Pearson"),
            Column("normaltest_p", REAL, "its p value; needs 20 pictures"),
            Column("shapiro", REAL, "W of Shapiro and Wilk"),
            Column("shapiro_p", REAL, "its p value; needs 3 pictures"),
        ),
    ),
)

COMPONENTS = Table(
    "components",
    "one connected component of a graph of nearest neighbours",
    (
        *(SET, NETWORK, SEED, _KIND),
        Column("component", INT, "its number, from 0 for the largest"),
        Column("size", INT, "classes in it"),
        Column("members", TEXT, "their names, joined by semicolons"),
    ),
)

NEIGHBOUR_GROUPS = Table(
    "neighbour_groups",
    "the classes of one group, or of all, and whether their neighbours are of their group",
    (
        *(SET, NETWORK, SEED, _KIND),
        Column("group", TEXT, "name of the group, or all"),
        Column("classes", INT, "classes counted"),
        *interval("share", "share of classes whose neighbour is of their group", "0 .. 1"),
        *_BASELINE,
    ),
)

PRINCIPAL_COMPONENTS = Table(
    "principal_components",
    "one principal component of the logits of a network's class images",
    (
        *(SET, NETWORK, SEED),
        Column("component", INT, "its number, from 1"),
        Column("classes", INT, "class images that were analysed"),
        *interval("explained", "share of the variance", "0 .. 1"),
        Column("cumulated", REAL, "share of this component and those before it", "0 .. 1"),
    ),
)

PRINCIPAL_COORDINATES = Table(
    "principal_coordinates",
    "one class image along one principal component",
    (
        *(SET, NETWORK, SEED, _CLASS, _NAME),
        Column("component", INT, "number of the component, from 1"),
        Column("coordinate", REAL, "from the mean of all class images, in units of the logits"),
    ),
)

SPACE_COMPARISON = Table(
    "space_comparison",
    "how alike two networks arrange the same classes in their logits",
    (
        SET,
        Column("network_a", TEXT, "one network"),
        Column("network_b", TEXT, "the other"),
        Column("pictures", TEXT, "own: each sees its own; or the network whose pictures both see"),
        Column("statistic", TEXT, "CKA | Procrustes disparity"),
        Column("classes", INT, "classes compared"),
        *optional(
            Column("value", REAL, "the statistic", "CKA -1 .. 1, disparity 0 .. 1"),
            Column("low", REAL, "lower end of the 95 % interval of CKA; disparities have none"),
            Column("high", REAL, "upper end of the 95 % interval of CKA; disparities have none"),
        ),
        *_BASELINE,
    ),
)
