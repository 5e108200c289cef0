"""Tables of feature maps by depth, and of pictures of one feature made in two ways. No torch.

Codes N1 to N4 and M5. The measures, of pictures clipped to [0, 1] and without their borders, are
those of `preimage.measures.feature_maps.appearance`.
"""

from dataclasses import replace

from preimage.tables.columns import (
    CODE,
    INT,
    ITEM,
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

COLOURFULNESS = Column("colourfulness", REAL, "M3 of Hasler and Suesstrunk (2003), of 0 .. 255")
HUE = Column("hue", REAL, "of the mean colour: 0 red, 120 green, 240 blue; none of grey", "degrees")
CONTRAST = Column("contrast", REAL, "standard deviation of the luminance", "0 .. 0.5")
ENTROPY = Column("entropy", REAL, "Shannon entropy of the luminance in 256 levels", "bit")
FREQUENCY = Column(
    "frequency", REAL, "of the highest radially averaged power of the luminance", "cycles/pixel"
)
CYCLES = Column("cycles", REAL, "the same, of the whole picture", "cycles/picture")
CENTROID = Column(
    "centroid", REAL, "mean frequency, weighted by the radially averaged power", "cycles/pixel"
)
CENTROID_CYCLES = Column("centroid_cycles", REAL, "the same, of the whole picture", CYCLES.unit)
ORIENTATION = Column(
    "orientation", REAL, "along which edges run, from horizontal, counterclockwise", "degrees"
)
COHERENCE = Column(
    "coherence", REAL, "0: edges of all directions alike; 1: of one over all the picture", "0 .. 1"
)
LOCAL_COHERENCE = Column(
    "local_coherence", REAL, "the same inside small windows, weighted by their edges", "0 .. 1"
)
ORIENTED_CONTRAST = Column(
    "oriented_contrast",
    REAL,
    "contrast in edges of one direction: contrast * local_coherence; the rest is of many",
    CONTRAST.unit,
)

EDGES = Column("edges", REAL, "mean length of the gradient of the luminance", "1/pixel")

MEASURES = (
    *(COLOURFULNESS, HUE, CONTRAST, ENTROPY, FREQUENCY, CYCLES, CENTROID, CENTROID_CYCLES),
    *(ORIENTATION, COHERENCE, LOCAL_COHERENCE, ORIENTED_CONTRAST),
)
"""What is measured of one picture."""

LINEAR = tuple(column for column in MEASURES if column not in (ORIENTATION, HUE))
"""Those that have a mean: 179 and 1 degrees are as good as the same."""

OBJECTNESS = Column(
    "objectness",
    REAL,
    "how certain the study's trained networks of other architectures together are of a class, less "
    "how certain they are of one where the picture's phases are scrambled",
    "-1 .. 1",
)

OF_LAYERS = (*LINEAR, OBJECTNESS)
"""What has a mean over the maps of a layer."""

MOVED = Column(
    "moved",
    REAL,
    "RMS difference from what the recipe makes of the start where nothing has a gradient; "
    "empty for photos; below 1/510 the picture is unmoved",
    "0 .. 1",
)

UNMOVED = "unmoved"
"""The status of a picture that is ok, but is its start as far as 8 bits can show."""

_LAYER = Column("layer", TEXT, "layer of the map")
_DEPTH = Column("depth", INT, "place of the layer among those of its run, from 0")
_SIZE = Column("size", INT, "side of the picture", "px")
_OF_ONE = optional(*MEASURES, EDGES)

FEATURE_MAPS = Table(
    "feature_maps",
    "the picture of one map; of another status than ok its looks are not measured",
    (
        *(CODE, SET, NETWORK, _LAYER, _DEPTH),
        Column("map", INT, "number of the map, from 0"),
        *(ITEM, SEED, _SIZE, *optional(MOVED), *_OF_ONE),
        replace(STATUS, meaning=f"{STATUS.meaning} | {UNMOVED}"),
    ),
)

FEATURE_STARTS = Table(
    "feature_starts",
    "one run: what its recipe makes of its first seed's start where nothing has a gradient",
    (CODE, SET, NETWORK, SEED, _SIZE, *_OF_ONE),
)

PICTURED_OBJECTS = Table(
    "objectness",
    "the picture of one map: how certain networks of other architectures are of a class",
    (
        *(SET, NETWORK, ITEM, SEED),
        Column("witnesses", TEXT, "the networks that were asked, one after the other"),
        *optional(
            Column(
                "certainty",
                REAL,
                "highest probability of a class, of the mean over witnesses; empty for pictures "
                "that are not finite",
                "0 .. 1",
            ),
            Column("scrambled", REAL, "the same of the picture with scrambled phases", "0 .. 1"),
            replace(OBJECTNESS, meaning="certainty less scrambled"),
            Column(
                "labels",
                REAL,
                "different classes that the witnesses take nine parts of it for, each half "
                "as wide and high",
                "1 .. 9",
            ),
        ),
    ),
)

LAYERS_BY_DEPTH = Table(
    "layers_by_depth",
    "one layer of one run: means over its maps with Student's intervals",
    (
        *(CODE, SET, NETWORK, _LAYER, _DEPTH),
        Column("live", INT, "maps with a picture that did not fail, which are counted"),
        Column("dead", INT, "maps without a gradient, from whatever seed, which are not"),
        Column("unmoved", INT, "other maps with a picture that is the start's, which are not"),
        Column("degenerate", INT, "maps of any other status, which are not, either"),
        *(one for c in OF_LAYERS for one in interval(c.name, f"mean: {c.meaning}", c.unit)),
    ),
)

_COMPARISON = Column("comparison", TEXT, "name of the comparison")
_ONE = Column("one", TEXT, "title of one column")
_OTHER = Column("other", TEXT, "title of the other")
_SCORE = Column("score", TEXT, "ssim | spectrum: see preimage.measures.feature_maps.likeness")

FEATURE_PAIRS = Table(
    "feature_pairs",
    "two pictures of one feature, from two image sets",
    (
        *(CODE, _COMPARISON, ITEM, SEED, _ONE, _OTHER, _SCORE),
        *optional(
            Column("likeness", REAL, "score of the two pictures", "-1 .. 1"),
            Column(
                "to_others",
                REAL,
                "mean score of each of the two with pictures of others of its seed",
            ),
            Column("above", REAL, "share of those that likeness is above, ties by half", "0 .. 1"),
            Column("dealt", REAL, "the same with the picture of the next feature in its place"),
        ),
        Column("others", INT, "pictures of other features that each is compared with"),
    ),
)

FEATURE_SIMILARITY = Table(
    "feature_similarity",
    "two columns of a comparison, by one score, over features",
    (
        *(CODE, _COMPARISON, _ONE, _OTHER, _SCORE),
        *interval("likeness", "mean score of pictures of the same feature", "-1 .. 1"),
        *optional(Column("baseline", REAL, "mean score of pictures of different features")),
        *interval("above", "mean share of others that a feature's score is above", "0 .. 1"),
        *optional(
            Column("p_value", REAL, "share of shuffles of features with `above` as far from 1/2")
        ),
        Column("n", INT, "features counted: with two live pictures, at most 64 evenly spread"),
        Column("degenerate", INT, "features of those that are left out"),
    ),
)
