"""Whether the picture of a map shows an object, as far as other networks can tell (code N4).

An object is what they agree on as a class. The network whose map it is has no say: descents find
what excites it, whatever that looks like.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from preimage.measures.images.predictions import softmax
from preimage.tables.atlas import CERTAINTY

_RUN = ["set", "network"]
_PICTURE = [*_RUN, "item", "seed"]


def with_certainty(
    maps: pd.DataFrame, logits: pd.DataFrame, runs: Sequence[Mapping[str, Any]]
) -> pd.DataFrame:
    """Return rows FEATURE_MAPS with CERTAINTY, by rows LOGITS of the witnesses of `runs`.

    runs: of the plan of `preimage.steps.judge_atlas`. NaN where there is no witness.
    """
    asked = [(run["set"], run["network"], judge) for run in runs for judge in run["witnesses"]]
    said = logits.merge(pd.DataFrame(asked, columns=[*_RUN, "judge"], dtype=object))
    certain = said.groupby(_PICTURE)["logits"].agg(_certainty).astype(float)
    return maps.merge(certain.rename(CERTAINTY.name).reset_index(), on=_PICTURE, how="left")


def _certainty(logits: pd.Series) -> float:
    """Return the highest of the classes' probabilities, each the mean over rows of logits [C]."""
    with np.errstate(invalid="ignore"):  # pictures that have diverged
        return float(softmax(np.stack(logits.to_list())).mean(axis=0).max())
