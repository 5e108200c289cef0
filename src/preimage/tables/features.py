"""Tables of features: what their pictures change, and where (codes M1 to M3). No torch.

Pixels are counted from the upper left corner of the finished picture, whose first pixel has its
middle at 0.5.
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
    TARGET,
    TEXT,
    Column,
    Table,
    optional,
)

_LAYER = Column("layer", TEXT, "layers that the objective asks")
_RECIPE = (
    Column("recipe", TEXT, "name of the recipe"),
    Column("recipe_digest", TEXT, "digest of everything the recipe says"),
)
_NEURON = (
    Column("map", INT, "its map, of a feature in one map"),
    Column("row", INT, "its row, of a single neuron"),
    Column("column", INT, "its column, of a single neuron"),
)
_FIELD = (
    Column("place_row", REAL, "middle of the receptive field, the mean over octaves", "px"),
    Column("place_column", REAL, "middle of the receptive field, the mean over octaves", "px"),
    Column("field_rows", REAL, "rows that can reach a neuron, in a picture without edges", "px"),
    Column("field_columns", REAL, "columns that can reach a neuron, without edges", "px"),
    Column("effective_radius", REAL, "of the disc with half of the squared gradient", "px"),
)

AREAS = Table(
    "areas",
    "one picture of a feature: where it differs from the recipe's start, blurred as often",
    (
        *(CODE, SET, NETWORK, _LAYER, TARGET, *_RECIPE, SEED),
        *optional(*_NEURON),
        Column("size", INT, "side of the picture", "px"),
        *optional(
            *_FIELD,
            Column("box_top", REAL, "first edge of the pixels that can reach it", "px"),
            Column("box_bottom", REAL, "last edge of the pixels that can reach it", "px"),
            Column("box_left", REAL, "first edge of the pixels that can reach it", "px"),
            Column("box_right", REAL, "last edge of the pixels that can reach it", "px"),
            Column("rms_difference", REAL, "root of the mean square of the difference"),
            Column("centroid_row", REAL, "of the squared difference", "px"),
            Column("centroid_column", REAL, "of the squared difference", "px"),
            Column("centroid_row_share", REAL, "the same over the side", "0 .. 1"),
            Column("centroid_column_share", REAL, "the same over the side", "0 .. 1"),
            Column("spread_row", REAL, "standard deviation of its rows from the centroid", "px"),
            Column("spread_column", REAL, "of its columns", "px"),
            Column("radius_50", REAL, "around it, of half of the squared difference", "px"),
            Column("radius_90", REAL, "around it, of 90 % of the squared difference", "px"),
            Column("share_inside", REAL, "of the squared difference, in the box", "0 .. 1"),
            Column("distance", REAL, "from the place to the centroid", "px"),
            Column(
                "ratio_disc",
                REAL,
                "mean absolute difference outside of a single neuron's effective field over inside",
            ),
            Column(
                "alike",
                REAL,
                "mean correlation of its spectrum with those from the target's other seeds: see "
                "preimage.measures.features.seeds",
                "-1 .. 1",
            ),
        ),
        STATUS,
    ),
)

_OWN_FIELD = "pixels that can reach the new neuron"
_OWN_DISC = "pixels of its effective field"

READING_ORDER = Table(
    "reading_order",
    "one neuron added to those before it in a map: how far that changes the picture",
    (
        *(CODE, SET, NETWORK, _LAYER, TARGET, *_RECIPE),
        Column("normalised", BOOL, "whether steps are over the root mean square of the gradient"),
        Column("smooth", BOOL, "whether gradients are smoothed, and so reach all of a picture"),
        Column("absolute", BOOL, "whether the loss turns round where the sum reaches its ceiling"),
        SEED,
        Column("map", INT, "number of the map, from 0"),
        Column("frame", INT, "number of the picture, from 1; it is compared with the one before"),
        Column("row", INT, "row of the new neuron"),
        Column("column", INT, "column of the new neuron"),
        *optional(
            *_FIELD,
            Column("change", REAL, "mean absolute change of the whole picture"),
            Column("inside_field", REAL, f"the same of the {_OWN_FIELD}"),
            Column("outside_field", REAL, "the same of all others; empty where there is none"),
            Column("ratio_field", REAL, "outside over inside"),
            Column("inside_disc", REAL, f"the same of the {_OWN_DISC}"),
            Column("outside_disc", REAL, "the same of all others"),
            Column("ratio_disc", REAL, "outside over inside"),
        ),
        STATUS,
    ),
)
