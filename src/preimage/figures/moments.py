"""What the frames of an animation show: pictures and logits, put in order."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from preimage.blocks import read_image
from preimage.errors import UserError
from preimage.figures.animation import Moment, Said
from preimage.figures.pictures import KEY
from preimage.status import OK


def frames(rows: pd.DataFrame, items: Sequence[str], along: str) -> pd.DataFrame:
    """Return the rows of `items`, the frames, in that order.

    rows: of `read_pictures`, of one run and seed. along: t, which goes from 0 to 1, or step, how
    far a descent has come. It is in the column `along`, and in the column `words` as text. Raises
    UserError where frames are missing.
    """
    if missing := sorted({*items} - {*rows["item"]}):
        raise UserError(
            f"{len(missing)} of {len(items)} frames are not among the pictures, "
            f"such as {missing[0]}"
        )
    rows = rows.set_index("item", drop=False).loc[list(items)].reset_index(drop=True)
    if along == "step":
        return rows.assign(along=rows.iterations, words=[f"step {n}" for n in rows.iterations])
    times = np.linspace(0, 1, len(rows))
    return rows.assign(along=times, words=[f"t = {t:.2f}" for t in times])


def logits_by_judge(rows: pd.DataFrame, logits: pd.DataFrame) -> dict[str, NDArray[np.float32]]:
    """Return the logits [frames, classes] of each judge, the network of the pictures first.

    rows: of `frames`. logits: rows of LOGITS, of one run and seed. Where a picture is degenerate,
    or its logits are missing or not finite, they are NaN. Raises UserError where the network of the
    pictures has said nothing.
    """
    maker = rows.network.iloc[0]
    judges = sorted(logits.judge.unique(), key=lambda judge: (judge != maker, judge))
    if maker not in judges:
        raise UserError(f"there are no logits by {maker} of its own frames")
    return {judge: _logits(rows, logits[logits.judge == judge]) for judge in judges}


def _logits(rows: pd.DataFrame, said: pd.DataFrame) -> NDArray[np.float32]:
    known = dict(zip(said["item"], said.logits, strict=True))
    unknown = np.full_like(said.logits.iloc[0], np.nan)
    found = np.stack([known.get(item, unknown) for item in rows["item"]])
    found[(rows.status != OK) | ~np.isfinite(found).all(axis=1)] = np.nan
    return found


def moments(
    rows: pd.DataFrame, logits: NDArray[np.float32], said: pd.DataFrame
) -> list[Callable[[], Moment]]:
    """Return each frame as something to call, which reads its picture.

    rows: of `frames`. logits: [frames, classes]. said: of `own_words`, of the same network.
    """
    parts = zip(rows.to_dict("records"), logits, _first(rows, said), strict=True)
    return [partial(_moment, *part) for part in parts]


def _moment(row: Mapping[str, Any], logits: NDArray[np.float32], first: str) -> Moment:
    pixels = read_image(row["file"], row["row"]) if row["status"] == OK else None
    words = f"{row['words']} · loss {row['loss_end']:.4g}"
    return Moment(pixels, Said(logits, first), words, row["status"])


def _first(rows: pd.DataFrame, said: pd.DataFrame) -> list[str]:
    """Return the first class of each frame and its probability, in words."""
    words = said.reindex(pd.MultiIndex.from_frame(rows[KEY]))
    names, probabilities = words.top1_name, words.top1_probability
    return [f"{name} {p:.2f}" for name, p in zip(names, probabilities, strict=True)]
