"""The runs that a plan names, with the layers that a table has of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from preimage.errors import UserError, check_keys
from preimage.measures.depth.stages import STATES, Run

_KEYS = ("set", "network", "architecture", "state", "blur")


def read_runs(entries: Sequence[Mapping[str, Any]], table: pd.DataFrame, where: Path) -> list[Run]:
    """Return the runs of a plan's `entries` that `table` has rows of, with its layers by depth.

    Of the table it needs the columns set, network, layer and depth. Raises UserError for an entry
    without the keys of a run (all but its layers), or with others.
    """
    runs = [_read_run(entry, table, where) for entry in entries]
    return [run for run in runs if run.layers]


def _read_run(entry: Mapping[str, Any], table: pd.DataFrame, where: Path) -> Run:
    check_keys(entry, _KEYS, where)
    if missing := [key for key in _KEYS if key not in entry]:
        raise UserError(f"{where}: {', '.join(missing)} missing in a run")
    if entry["state"] not in STATES:
        raise UserError(f"{where}: {entry['state']!r} is no state; known: {', '.join(STATES)}")
    rows = table[(table.set == entry["set"]) & (table.network == entry["network"])]
    return Run(**entry, layers=tuple(rows.sort_values("depth", kind="stable").layer.unique()))
