"""Rows of the table of opposites that tests of their measures and claims share."""

import pandas as pd

from preimage.tables.images import OPPOSITES


def rows_of(opposites, **other):
    """Return rows OPPOSITES for a mapping class -> opposite, or None where it failed."""
    rows = pd.DataFrame({"class": list(opposites), "opposite": list(opposites.values())})
    rows["opposite"] = rows["opposite"].astype("Int64")
    names = {"name": "class", "opposite_name": "opposite"}
    rows = rows.assign(**{n: [f"class {c}" for c in rows[of]] for n, of in names.items()})
    rows = rows.assign(**({"set": "opposites", "network": "net", "seed": 999, "status": "ok"}))
    return rows.reindex(columns=OPPOSITES.names).assign(**other)
