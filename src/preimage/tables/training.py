"""Tables of how networks were trained. No torch."""

from preimage.tables.columns import INT, NETWORK, REAL, Column, Table, optional

TRAINING = Table(
    "training",
    "one step of one network's training",
    (
        NETWORK,
        Column("step", INT, "number of the step, from 1"),
        Column("loss", REAL, "cross-entropy of the batch before the step", "nat"),
        Column("learning_rate", REAL, "learning rate of the step"),
        *optional(Column("accuracy", REAL, "share of held-out pictures recognised", "0 .. 1")),
    ),
)
