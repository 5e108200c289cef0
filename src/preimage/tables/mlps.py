"""Tables of descents on the inputs of fully connected networks (E1 to E4, F1, F2). No torch.

Distances are Euclidean, over all elements, as on the page "Representation": O is the network, a
the photo, a_t the input after t steps.
"""

from preimage.tables.columns import (
    CODE,
    INT,
    REAL,
    STATUS,
    TEXT,
    Column,
    Table,
    interval,
    optional,
)

_EXPERIMENT = Column("experiment", TEXT, "name of the experiment")
_SHAPE = (
    Column("inputs", INT, "elements of the photo, n"),
    Column("relu", TEXT, "behind which layers a ReLU is: never | between | always"),
    Column(
        "initial", TEXT, "initial weights: linear (torch's default) | orthogonal | normal | ..."
    ),
    Column("steps", TEXT, "lr: by the gradient | length: of one length for all networks"),
    Column("shape", TEXT, "neurons of each layer, 3000x4 for four layers of 3000"),
    Column("depth", INT, "layers"),
    Column("width", INT, "neurons of the narrowest layer"),
)
_ITERATIONS = Column("iterations", INT, "steps of the whole descent, over which lr falls")

MLPS = Table(
    "mlps",
    "one moment of one network's descent",
    (
        *(CODE, _EXPERIMENT),
        Column("photo", TEXT, "name of the photo"),
        *optional(
            Column("lost", REAL, "dimensions of inputs that a single linear layer does not see"),
            Column("floor", REAL, "length of a - a_0 within these, below which m_i cannot fall"),
            Column("shift", REAL, "|a - a'|, a' = a + N(0, 1) / 25; the median of 8"),
            Column("m_r", REAL, "|O(a) - O(a')|, the median of 8"),
            Column("last_width", INT, "neurons of the last layer"),
            Column("lr_end", REAL, "lr after the last step"),
        ),
        *(*_SHAPE, _ITERATIONS),
        Column("precision", TEXT, "arithmetic: float32 | float64"),
        Column("seed", INT, "seed of the weights and of the start noise"),
        Column("iteration", INT, "steps done"),
        *optional(
            Column("m_i", REAL, "|a - a_t|"),
            Column("m_g", REAL, "|O(a) - O(a_t)|"),
            Column("loss", REAL, "scale * |O(a) - O(a_t)|, of the sum of absolute values"),
            Column("aim", REAL, "cosine of minus the gradient at a_t with a - a_t", "-1 .. 1"),
            Column("zeroed", REAL, "share of neurons with a ReLU that it sets to 0 at a", "0 .. 1"),
        ),
        STATUS,
    ),
)

MLP_ENDS = Table(
    "mlp_ends",
    "one shape after one number of iterations: geometric means over seeds",
    (
        *(CODE, _EXPERIMENT, *_SHAPE, _ITERATIONS),
        Column("seeds", INT, "networks counted: those with a descent of status ok"),
        Column("degenerate", INT, "networks left out: those of any other status"),
        *interval("m_i_start", "|a - a_0|"),
        *interval("m_i", "|a - a_g|, a_g the last input"),
        *interval("m_g_start", "|O(a) - O(a_0)|"),
        *interval("m_g", "|O(a) - O(a_g)|"),
    ),
)

MLP_WIDTHS = Table(
    "mlp_widths",
    "the width that layers of equal width need to give the photo back",
    (
        *(CODE, _EXPERIMENT),
        Column("inputs", INT, "elements of the photo, n"),
        Column("relu", TEXT, "behind which layers a ReLU is: never | between | always"),
        Column("depth", INT, "layers"),
        Column("relus", INT, "layers with a ReLU, k"),
        _ITERATIONS,
        Column("complete", REAL, "share of its first value that m_i must fall to", "0 .. 1"),
        Column("seeds", INT, "networks counted: their m_i crosses the threshold in these widths"),
        Column("outside", INT, "networks left out: the crossing is outside, or they degenerate"),
        *interval("needed", "geometric mean of the width at the crossing, interpolated in logs"),
        *optional(
            Column("zeroed", REAL, "share of neurons that ReLUs set to 0 at a, p", "0 .. 1"),
            Column("theory", REAL, "n / (1 - p)^k, of the page, with that p"),
            Column("dimensions", REAL, "n / (1 - p): n neurons of each layer are not set to 0"),
        ),
        Column("theory_half", REAL, "n / (1 - p)^k with p = 1/2"),
    ),
)
