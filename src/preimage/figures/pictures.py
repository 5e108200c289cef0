"""The pictures of an image set with what is known of them, and which of them a sheet shows."""

from typing import Any

import numpy as np
import pandas as pd

from preimage.descent.objective import Direction, Objective
from preimage.errors import UserError
from preimage.figures.look import Look

KEY = ["network", "item", "seed"]


def own_words(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return what each generating network itself says, by network, item and seed."""
    own = predictions[predictions.judge == predictions.network]
    return own.set_index(KEY)


def choose(frame: pd.DataFrame, look: Look) -> pd.DataFrame:
    """Return the rows to show: those that `look` names, else all; at most `most`, evenly spread.

    Raises UserError where none is left.
    """
    if look.show:
        named = [_is_named(row, look) for row in frame.to_dict("records")]
        if not any(named):
            raise UserError(f"none of the items to show is there: {list(look.show)}")
        frame = frame[named]
    if len(frame) <= look.most:
        return frame
    return frame.iloc[np.linspace(0, len(frame) - 1, look.most).round().astype(int)]


def _is_named(row: dict[str, Any], look: Look) -> bool:
    classes = [c for c in (row["class_a"], row["class_b"]) if not pd.isna(c)]
    return any(x in (row["item"], row["target"].lstrip("-"), *classes) for x in look.show)


def wanted(row: pd.Series) -> set[int]:
    """Return the classes that the objective of an item raises: A and B of A + B, A of A - B."""
    classes = {int(c) for c in (row.class_a, row.class_b) if not pd.isna(c)}
    terms = Objective.parse(row.objective).terms
    parts = [part for weight, term in terms if weight > 0 for part in term.parts]
    raised = {part.index[0] for part in parts if isinstance(part, Direction) and part.index}
    return classes & raised


def address(frame: pd.DataFrame) -> dict[str, Any]:
    """Return what a sheet shows: what all items share, and the list of the items."""
    shared = ("set", "code", "network", "layer", "recipe", "recipe_digest", "precision")
    each = frame[["item", "target", "objective", "seed", "status"]]
    about: dict[str, Any] = {key: _joined(frame[key]) for key in shared}
    for key in ("target", "objective"):
        about[key] = frame[key].iloc[0] if len(frame) == 1 else list(frame[key])
    return {**about, "seed": _joined(frame.seed), "items": each.to_dict("records")}


def heading(frame: pd.DataFrame, what: str = "") -> str:
    """Return the line that says where the pictures of a sheet come from."""
    network, layer = _joined(frame.network), _joined(frame.layer)
    return f"{what or _joined(frame.set).replace('_', ' ')} · {network}:{layer}"


def circumstances(frame: pd.DataFrame) -> str:
    """Return the line that says how the pictures of a sheet were made."""
    seeds = frame.seed.unique()
    precision, size = _joined(frame.precision), _joined(frame["size"])
    return (
        f"recipe {_joined(frame.recipe)} ({_joined(frame.recipe_digest)}), {precision} · "
        f"seed{'s' if len(seeds) > 1 else ''} {_joined(frame.seed)} · {size} px"
    )


def _joined(column: pd.Series) -> str:
    return ", ".join(str(value) for value in column.unique())
