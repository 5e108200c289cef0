"""Tables of networks that were trained toward the logits of another (codes B1 to B3). No torch."""

from preimage.tables.columns import INT, REAL, TEXT, Column, Table, interval

# In words, what is counted of the differences between the logits of two networks.
LOSS_NAMES = {"sum_of_squares": "sum of squares", "l1": "L1 distance", "l2": "L2 distance"}

SETTINGS = (
    Column("origin", TEXT, "network that it started from"),
    Column("toward", TEXT, "network whose logits it learnt"),
    Column("set", TEXT, "image set of the pictures that it learnt from"),
    Column("made_by", TEXT, "network that these were made with"),
    Column(
        "loss", TEXT, f"what was lowered, of the differences of logits: {' | '.join(LOSS_NAMES)}"
    ),
    Column("optimiser", TEXT, "class of torch.optim"),
    Column("learning_rate", REAL, "its learning rate"),
    Column("steps", INT, "steps of the training"),
    Column("batch", INT, "pictures a step, at the most"),
    Column("order_seed", INT, "seed of the order of the pictures"),
)
_MERGED = Column("network", TEXT, "network that was merged")

MERGING_IMAGES = Table(
    "merging_images",
    "one picture that one merged network learnt from",
    (
        _MERGED,
        *SETTINGS,
        Column("item", TEXT, "address of the picture in its set"),
        Column("seed", INT, "seed of the picture"),
        Column("class", INT, "class of the picture"),
        *(
            Column(f"{loss}_{when}", REAL, f"{said} of the logits {when} the training")
            for loss, said in LOSS_NAMES.items()
            for when in ("before", "after")
        ),
    ),
)

MERGING = Table(
    "merging",
    "one merged network, measured on all pictures that it learnt from",
    (
        _MERGED,
        *SETTINGS,
        Column("classes", INT, "classes of the pictures"),
        Column("images", INT, "pictures that it learnt from: those of status ok"),
        Column("loss_before", REAL, "mean of its own loss over the pictures before the training"),
        Column("loss_after", REAL, "mean of its own loss over the pictures after the training"),
        *interval("factor", "geometric mean over the pictures of loss before over loss after"),
        *interval("factor_of_squares", "the same of the sum of squares, whatever was lowered"),
    ),
)
