"""What a browser is told of each picture: one table by columns, and details by image set."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

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
    for keys, part in traces.groupby(_KEYS, sort=False):
        found.setdefault(keys[0], {}).setdefault(_key(keys), {})["trace"] = _trace(part)
    for keys, part in said.groupby(_KEYS, sort=False):
        found.setdefault(keys[0], {}).setdefault(_key(keys), {})["said"] = _said(part)
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
        return [None if pd.isna(v) else _short(float(v)) for v in values]
    codes, words = pd.factorize(values.astype(object))
    return {"codes": codes.tolist(), "words": [str(word) for word in words]}


def _short(value: float) -> float | int | None:
    if not np.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 1e9 else float(f"{value:.{_PLACES}g}")


def _trace(part: pd.DataFrame) -> Mapping[str, list[float | int | None]]:
    """Return some steps, the first and the last among them, and what there is at each."""
    chosen = np.unique(np.linspace(0, len(part) - 1, min(_POINTS, len(part))).round().astype(int))
    few = part.iloc[chosen]
    names = [n for n in ("loss", "gradient", "m_g", "m_i") if few[n].notna().any()]
    return {"step": few.iteration.tolist()} | {n: [_short(v) for v in few[n]] for n in names}


def _said(part: pd.DataFrame) -> list[list[object]]:
    """Return of each judge its name and its first five, each with its probability."""
    five = range(1, 6)
    return [
        [
            one.judge,
            [
                [getattr(one, f"top{k}_name"), _short(getattr(one, f"top{k}_probability"))]
                for k in five
                if pd.notna(getattr(one, f"top{k}_name"))
            ],
        ]
        for one in part.itertuples()
    ]
