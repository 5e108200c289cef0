"""What a browser is told of each picture: one table by columns, and details by image set."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from preimage.atlas.sprites import Sprite
from preimage.tables.images import ITEMS

# Of each picture, besides where it is; by these it is filtered, sorted and described.
COLUMNS = (
    *("set", "network", "item", "seed", "code", "target", "layer", "objective", "recipe"),
    *("precision", "size", "iterations", "class_a", "class_b", "frame", "loss_start", "loss_end"),
    *("status", "probability", "rank", "agreement", "says"),
)
_KEYS = ["set", "network", "item", "seed"]
_POINTS = 60  # of a trace, at most
_PLACES = 4  # significant digits of what is drawn or shown

_NOTHING = pd.DataFrame(columns=ITEMS.names)

Columns = Mapping[str, NDArray]
Details = dict[str, dict[str, Any]]


def gallery(drawn: Sequence[tuple[Sprite, pd.DataFrame]], said: pd.DataFrame) -> dict[str, Any]:
    """Return the sprites, and the columns of all pictures in their order.

    said: rows PREDICTIONS. probability, rank: of the class asked for (of a pair, of the worse one),
    by the network that made the picture. agreement: the share of the other judges that say the same
    first as the maker does. says: what the maker says first.
    """
    rows = pd.concat([part for _, part in drawn] or [_NOTHING], ignore_index=True)
    rows = rows.merge(_of_makers(said), on=_KEYS, how="left", validate="1:1")
    places = [(s, cell) for s, (_, part) in enumerate(drawn) for cell in range(len(part))]
    sheet, cell = zip(*places, strict=True) if places else ((), ())
    return {
        "sprites": [[one.file, one.side, one.columns] for one, _ in drawn],
        "columns": {
            "sheet": list(sheet),
            "cell": list(cell),
            **{name: _column(rows[name]) for name in COLUMNS},
        },
    }


def details(traces: pd.DataFrame, said: pd.DataFrame) -> dict[str, Details]:
    """Return, by image set and by the key of a picture, its trace and what every network says."""
    found: dict[str, Details] = {}
    for name, rows, told in (("trace", traces, _trace), ("said", said, _said)):
        values = {column: rows[column].to_numpy() for column in rows}
        for keys, places in rows.groupby(_KEYS, sort=False).indices.items():
            of_set = found.setdefault(keys[0], {})
            of_set.setdefault(_key(keys), {})[name] = told(values, places)
    return found


def _key(keys: Sequence[object]) -> str:
    return "\t".join(map(str, keys[1:]))


def _of_makers(said: pd.DataFrame) -> pd.DataFrame:
    own = said[said.judge == said.network].set_index(_KEYS)
    others = said[said.judge != said.network]
    same = others.set_index(_KEYS).top1 == own.top1.reindex(pd.MultiIndex.from_frame(others[_KEYS]))
    found = pd.DataFrame(
        {
            "probability": own[["probability_a", "probability_b"]].min(axis=1),
            "rank": own[["rank_a", "rank_b"]].max(axis=1),
            "agreement": same.groupby(level=_KEYS).mean() if len(others) else np.nan,
            "says": own.top1_name,
        },
        index=own.index,
    )
    return found.reset_index()


def _column(values: pd.Series) -> list[object] | dict[str, object]:
    """Return words by number, for they repeat; numbers short; None for an empty cell."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return _short(values.to_numpy(float, na_value=np.nan))
    codes, words = pd.factorize(values.astype(object))
    return {"codes": codes.tolist(), "words": [str(word) for word in words]}


def _short(values: NDArray[np.float64]) -> list[float | int | None]:
    return [_plain(value) for value in values.tolist()]


def _plain(value: float) -> float | int | None:
    """Return a number with a few digits; a whole one whole, and None for what is no number."""
    if not isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 1e9 else float(f"{value:.{_PLACES}g}")


def _trace(values: Columns, places: NDArray[np.int64]) -> dict[str, list[float | int | None]]:
    """Return some steps, the first and the last among them, and what there is at each."""
    count = len(places)
    chosen = places[np.linspace(0, count - 1, min(_POINTS, count)).round().astype(int)]
    found = {"step": values["iteration"][chosen].tolist()}
    for name in ("loss", "gradient", "m_g", "m_i"):
        some = values[name][chosen].astype(float)
        if np.isfinite(some).any():
            found[name] = _short(some)
    return found


def _said(values: Columns, places: NDArray[np.int64]) -> list[list[object]]:
    """Return of each judge its name and its first five, each with its probability."""
    return [[values["judge"][place], _five(values, place)] for place in places]


def _five(values: Columns, place: int) -> list[list[object]]:
    found = [
        (values[f"top{k}_name"][place], float(values[f"top{k}_probability"][place]))
        for k in range(1, 6)
    ]
    return [[name, _plain(p)] for name, p in found if isinstance(name, str)]
