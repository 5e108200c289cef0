"""Tables of square linear layers: their exact inversion and its geometry. No torch.

The symbols are those of the page "Input Representations and Depth": O is the network, a the photo
as a vector, and distances are Euclidean: m_i between inputs, m_g between their outputs. Outputs are
those of the network in float64, whatever precision an input was found in.
"""

from preimage.tables.columns import CODE, INT, REAL, TEXT, Column, Table, interval, optional

_INVERSION = Column("inversion", TEXT, "name of the inversion in the configuration")
_PHOTO = Column("photo", TEXT, "photo that is a")
_SEED = Column("seed", INT, "seed of the network and of all noise")
_LAYERS = Column("layers", INT, "number of linear layers")
_INITIAL = Column("initial", TEXT, "initial weights: linear (torch's default) | orthogonal | ...")
_INPUTS = Column("inputs", INT, "number of inputs, and of neurons of each layer")
_POINT = (
    Column(
        "point",
        TEXT,
        "shifted: a' = a + noise | neighbour: a'', whose output is O(a) + noise | "
        "recovered: what the output O(a) itself gives | descended: a_g, found by descent",
    ),
    Column("precision", TEXT, "arithmetic that the input was found in"),
    Column("method", TEXT, "solve: by LU | inverse: by inverse matrices | noise | descent"),
    *optional(Column("deviation", REAL, "standard deviation of the noise, where there is some")),
)

INVERSIONS = Table(
    "inversions",
    "one input whose output is that of the photo, or near it",
    (
        *(CODE, _INVERSION, _PHOTO, _SEED, _INITIAL, _LAYERS, _INPUTS, *_POINT),
        Column("sample", INT, "number of the sample, from 0"),
        *optional(
            Column("m_i", REAL, "distance to the photo"),
            Column("m_g", REAL, "distance of the output to that of the photo"),
            Column("outside", REAL, "share of its values outside 0 .. 1, where pixels are"),
            Column("corner", REAL, "distance from a to the farthest corner of the cube 0 .. 1"),
        ),
    ),
)

CONDITIONS = Table(
    "conditions",
    "one linear map of one network",
    (
        *(CODE, _INVERSION, _SEED, _INITIAL, _LAYERS, _INPUTS),
        Column("map", TEXT, "composed: all layers as one map | last: the last layer alone"),
        Column("largest", REAL, "its largest singular value"),
        Column("smallest", REAL, "its smallest singular value"),
        *optional(Column("condition", REAL, "condition number: largest over smallest")),
    ),
)

DIRECTIONS = Table(
    "directions",
    "one right singular direction v of all layers as one map",
    (
        *(CODE, _INVERSION, _PHOTO, _SEED, _INITIAL, _LAYERS, _INPUTS),
        Column("direction", INT, "its number, from 0: the least contracted first"),
        Column("singular_value", REAL, "what a step of 1 along v becomes"),
        Column("shifted", REAL, "v (a' - a), of one a' with noise of standard deviation 1/25"),
        Column(
            "descended",
            REAL,
            "v (a_g - a), of the first a_g on a gradient flow whose output is as near as O(a')",
        ),
        *optional(
            Column("reach", REAL, "how far from a outputs along v are as near to O(a) as O(a')"),
            Column("neighbour", REAL, "root mean square of v (a'' - a) over samples, in float64"),
        ),
    ),
)

INVERSION_SUMMARY = Table(
    "inversion_summary",
    "one kind of point in networks of one depth: geometric means over seeds of medians of samples",
    (
        *(CODE, _INVERSION, _INITIAL, _LAYERS, _INPUTS, *_POINT),
        Column("seeds", INT, "seeds counted"),
        Column("samples", INT, "samples of each seed"),
        *interval("m_i", "distance to the photo"),
        *optional(
            Column("m_i_least", REAL, "the least of the seeds' medians"),
            Column("m_i_most", REAL, "the greatest of them"),
        ),
        *interval("m_g", "distance of the output to that of the photo"),
        *interval("i_over_neighbour", "m_i over that of the neighbours by solve in float64"),
        *interval("g_over_neighbour", "m_g over that of the neighbours by solve in float64"),
        *interval("further", "mean share of these neighbours further from a than the median m_i"),
        *interval("outside", "mean share of values outside 0 .. 1"),
        *optional(
            Column("page_m_i", REAL, "what the page says of m_i: a bound, or a value"),
            Column("page_m_g", REAL, "what the page says of m_g"),
        ),
    ),
)

WORKED_EXAMPLES = Table(
    "worked_examples",
    "one number of an example that the page works by hand",
    (
        CODE,
        Column("example", TEXT, "which example"),
        Column("quantity", TEXT, "what is computed"),
        *optional(Column("page", REAL, "what the page says, where it gives a number")),
        Column("computed", REAL, "what is found"),
    ),
)

JACOBIAN_RANKS = Table(
    "jacobian_ranks",
    "one small layer of one kind",
    (
        CODE,
        Column("layer", TEXT, "which layer, or block, and what of its output counts"),
        Column("seed", INT, "seed of its weights and its input"),
        Column("inputs", INT, "elements of its input"),
        *optional(
            Column(
                "outputs", REAL, "elements of its output; of F1 the least that see every direction"
            )
        ),
        Column("rank", INT, "rank of its Jacobian, in float64"),
    ),
)
