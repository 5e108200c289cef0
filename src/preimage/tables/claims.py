"""The table of what the source pages claim and what a study finds of it. No torch."""

from preimage.tables.columns import INT, REAL, TEXT, Column, Table, optional

CLAIMS = Table(
    "claims",
    "one statistic that a claim of the source pages is judged by",
    (
        Column("code", TEXT, "code of the experiment"),
        Column("claim", TEXT, "the claim, in a sentence"),
        Column("heading", TEXT, "heading of the source page under which it stands"),
        Column("compared", TEXT, "networks, layers and image sets that it is judged on"),
        Column("statistic", TEXT, "what is counted"),
        *optional(
            Column("value", REAL, "the statistic"),
            Column("low", REAL, "lower end of its 95 % interval"),
            Column("high", REAL, "upper end of its 95 % interval"),
        ),
        Column("n", INT, "photos, pictures or classes that the interval is over"),
        Column("rule", TEXT, "where the whole interval must lie for the claim to hold"),
        Column("verdict", TEXT, "reproduced | not reproduced | inconclusive | not run"),
    ),
)
