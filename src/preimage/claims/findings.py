"""What a study found, as a page of Markdown that is made from the table of claims alone."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape

import pandas as pd

from preimage.claims.ledger import CALIBRATION, PRIMARY
from preimage.measures.statistics.verdicts import (
    INCONCLUSIVE,
    NOT_JUDGED,
    NOT_REPRODUCED,
    NOT_RUN,
    REPRODUCED,
)

FAMILIES = {
    "A": "Two networks, one picture",
    "B": "Merged networks and vectorised pictures",
    "C": "A photo from one layer",
    "D": "Distances by depth, untrained",
    "E": "Fully connected networks",
    "F": "How wide a layer must be",
    "G": "What training does",
    "H": "Trained on noise",
    "I": "Opposites of classes",
    "J": "From one class to another",
    "K": "Sums of classes",
    "L": "A space of classes",
    "M": "Single features",
    "N": "Feature maps by depth",
}
VERDICTS = (REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE, NOT_RUN, NOT_JUDGED)
_FOUND = (REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE)

Figures = Mapping[str, str]  # file names beside the page, by the letter of a family


def page(claims: pd.DataFrame, study: str, figures: Figures) -> str:
    """Return the page of the rows CLAIMS of a study."""
    rows = claims.fillna({"why": "", "networks": ""})
    parts = [
        f"# What `{study}` found",
        "Made from `tables/claims.parquet`, never by hand: each claim of the source pages, what "
        "was computed, and what follows by a rule that was fixed before. *Primary* rows are of "
        "what the page itself used; the others say what another network, recipe or judge gives, "
        "and change no verdict. An interval is of 95 %.",
        f"To make it again, with the figures: `snakemake claims --configfile FILE`, FILE being the "
        f"configuration of `{study}`; only what is stale runs. "
        "`src/preimage/claims/ledger.yaml` says how each claim is judged.",
        _counts(rows),
        *_named(rows, NOT_REPRODUCED, "What did not reproduce"),
        *_named(rows, REPRODUCED, "What reproduced"),
        "What stays open is in the tables below, with the reason.",
    ]
    for letter, title in FAMILIES.items():
        own = rows[(rows.code.str[0] == letter) & (rows.role != CALIBRATION)]
        parts += _family(letter, title, own, figures.get(letter))
    calibration = rows[rows.role == CALIBRATION]
    if len(calibration):
        parts += ["## Calibration", *_found_and_absent(calibration)]
    return "\n\n".join(parts) + "\n"


def _counts(rows: pd.DataFrame) -> str:
    """Return how many rows have which verdict, by family, primary ones and others."""
    lines = [["family", *VERDICTS, "other rows: " + ", ".join(_FOUND)]]
    for letter, title in FAMILIES.items():
        own = rows[rows.code.str[0] == letter]
        primary = own.verdict[own.role == PRIMARY]
        others = own.verdict[own.role != PRIMARY]
        counted = [str((primary == verdict).sum()) for verdict in VERDICTS]
        beside = " · ".join(str((others == verdict).sum()) for verdict in _FOUND)
        lines.append([f"{letter}. {title}", *counted, beside])
    return _markdown(lines)


def _named(rows: pd.DataFrame, verdict: str, title: str) -> list[str]:
    """Return a list of the claims of a verdict, those of the page's own networks first."""
    found = rows[(rows.verdict == verdict) & (rows.role != CALIBRATION)]
    order = (found.role != PRIMARY).sort_values(kind="stable").index
    points = [_point(one) for one in found.loc[order].itertuples()]
    return [f"## {title}", "\n".join(points or ["Nothing here."])]


def _point(one: tuple) -> str:
    """Return a claim with what was found of it, where, and by which rule."""
    role = "" if one.role == PRIMARY else f", {one.role}"
    found = filter(None, (_value(one), f"rule: {one.rule}", one.networks))
    return f"- **{one.id}** {_cell(one.claim)} *{_cell('; '.join(found))}{role}*"


def _family(letter: str, title: str, rows: pd.DataFrame, figure: str | None) -> Iterator[str]:
    yield f"## {letter}. {title}"
    pages = (rows.page + ", “" + rows.heading + "”").unique()
    yield f"Source: {'; '.join(pages)}."
    if figure:
        yield f"![{title}]({figure})"
    yield from _found_and_absent(rows)


def _found_and_absent(rows: pd.DataFrame) -> Iterator[str]:
    """Yield what was found as a table, and what was not run or not judged as lists."""
    there = rows[rows.verdict.isin(_FOUND)]
    if len(there):
        yield _table(there)
    absent = rows[rows.verdict == NOT_RUN]
    if len(absent):
        said = "\n".join(f"- {one.id} {one.claim} *{one.why}*" for one in absent.itertuples())
        yield f"<details><summary>Not run: {len(absent)}</summary>\n\n{said}\n\n</details>"
    unjudged = rows[rows.verdict == NOT_JUDGED]
    if len(unjudged):
        yield "Not judged, since no number would be fair:"
        yield "\n".join(f"- {one.id} {one.claim} *{one.why}*" for one in unjudged.itertuples())


def _table(rows: pd.DataFrame) -> str:
    head = ["", "claim", "found on", "statistic", "value", "n", "rule", "verdict"]
    lines = [head]
    for one in rows.itertuples():
        role = "" if one.role == PRIMARY else f" *{one.role}*"
        limits = f" ({one.why})" if one.why else ""
        where = " by ".join(filter(None, (one.networks, one.measured_in)))
        verdict = f"**{one.verdict}**{limits}"
        value, count = _value(one), str(one.n)
        lines.append(
            [one.id + role, one.claim, where, one.statistic, value, count, one.rule, verdict]
        )
    return _markdown(lines)


def _value(one: tuple) -> str:
    if pd.isna(one.value):
        return ""
    exact = pd.isna(one.low) or one.low == one.high
    return f"{one.value:.3g}" if exact else f"{one.value:.3g} [{one.low:.3g}, {one.high:.3g}]"


def _markdown(lines: Iterable[list[str]]) -> str:
    """Return a table; names that a user gave may hold any sign."""
    head, *body = ([_cell(cell) for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *body))


def _cell(text: str) -> str:
    return escape(text, quote=False).replace("|", "\\|").replace("\n", " ")
