"""Tables of how networks were trained. No torch."""

from preimage.tables.columns import INT, NETWORK, REAL, TEXT, Column, Table, optional

TRAINING = Table(
    "training",
    "one step of one network's training",
    (
        NETWORK,
        Column(
            "data",
            TEXT,
            "what it learns: demo (the demo world) | noise | logits (of another network)",
        ),
        *optional(Column("epoch", INT, "pass over the images, from 1; empty where none is finite")),
        Column("step", INT, "number of the step, from 1"),
        Column(
            "loss",
            REAL,
            "loss of the batch before the step: cross-entropy in nat, or of logits what the "
            "network's row in the table merging names",
        ),
        Column("learning_rate", REAL, "learning rate of the step"),
        *optional(
            Column(
                "accuracy",
                REAL,
                "share of pictures that the network recognises in eval mode after the step: of "
                "held-out pictures of the demo world, of all the images of noise that it learns",
                "0 .. 1",
            )
        ),
    ),
)
