"""The table of what the source pages claim and what a study finds of it. No torch."""

from preimage.tables.columns import INT, REAL, TEXT, Column, Table, optional

CLAIMS = Table(
    "claims",
    "one claim of the source pages, judged once; its primary row is that of what the page used",
    (
        Column("id", TEXT, "experiment and number of the claim, D1.1"),
        *optional(Column("audit", INT, "its number in the audit of the pages, where it has one")),
        Column("code", TEXT, "code of the experiment"),
        Column("page", TEXT, "title of the source page"),
        Column("heading", TEXT, "heading under which it stands there"),
        Column("claim", TEXT, "the claim, in a sentence of ours, and what tells this row apart"),
        Column("role", TEXT, "primary | exploratory | calibration"),
        Column("made_for", TEXT, "what the page found it on, and the primary row needs"),
        Column("networks", TEXT, "what this row was found on"),
        Column("recipe", TEXT, "name of the recipe, where there is one"),
        *optional(Column("size", INT, "side of the pictures, where there are some", "px")),
        Column("statistic", TEXT, "what is computed"),
        Column("measured_in", TEXT, "judge or features by which, where there are some"),
        Column("unit", TEXT, "what would be drawn anew if the claim were tested again"),
        Column("least", INT, "units that a verdict needs"),
        Column("n", INT, "units counted"),
        Column("asked", INT, "units asked for"),
        Column("failed", INT, "units without a value, whose descents failed"),
        *optional(
            Column("value", REAL, "statistic of the part of the rule that decides"),
            Column("low", REAL, "lower end of its 95 % interval"),
            Column("high", REAL, "upper end of its 95 % interval"),
            Column("p", REAL, "largest one-sided p value of the rule's parts"),
            Column("q", REAL, "false discovery rate among primary rows (Benjamini, Hochberg)"),
        ),
        Column("rule", TEXT, "where the whole interval of each part must lie"),
        Column("parts", TEXT, "what each part gives: value, interval, condition, verdict"),
        *optional(
            Column("stands_from", REAL, "the verdict is the same for thresholds from here"),
            Column("stands_to", REAL, "to here, of the part that decides"),
        ),
        Column("control", TEXT, "where the same should not hold, unless it says also"),
        *optional(Column("control_value", REAL, "the statistic there")),
        Column("control_verdict", TEXT, "what the rule says there; empty without a control"),
        Column(
            "verdict",
            TEXT,
            "reproduced | not reproduced | inconclusive | not run | not judged",
        ),
        Column("why", TEXT, "what limits the verdict, or keeps one from being there"),
    ),
)
